"""The code of a detector, its steps Model and Train: no anchors, a light pyramid, places that answer."""

from __future__ import annotations

from tlcore.export.code.common.values import CodeValues
from tlcore.export.code.places import network, pictures

HEAD = '''\

# From the coarse to the fine each map takes in what the coarser ones have seen, and then back again.
maps = [lateral(one) for one in inputs]
for i in (1, 0):
    larger = keras.layers.UpSampling2D(2)(maps[i + 1])
    maps[i] = separable(keras.layers.Add()([maps[i], larger]))
for i in (1, 2):
    smaller = keras.layers.DepthwiseConv2D(5, 2, padding="same", use_bias=False)(maps[i - 1])
    smaller = keras.layers.BatchNormalization(momentum=0.9)(smaller)
    maps[i] = separable(keras.layers.Add()([maps[i], smaller]))

# Each place of each map says how surely there is an object of each class, and how far away its four sides
# are. At the beginning it says 1 % everywhere: most places have none.
rare = keras.initializers.Constant(math.log(0.01 / 0.99))
logits = keras.layers.Conv2D(len(CLASSES), 1, bias_initializer=rare)
distances = keras.layers.Conv2D(4, 1, bias_initializer="ones")
parts = []
for x in maps:
    x = separable(separable(x))
{dropout}    x = keras.layers.Concatenate()([logits(x), distances(x)])
    parts.append(keras.layers.Reshape((-1, len(CLASSES) + 4))(x))
head = keras.Model(inputs, keras.layers.Concatenate(axis=1)(parts))
model = keras.Model(backbone.input, head(backbone.outputs))

STRIDES = np.repeat([8, 16, 32], [(SIZE // stride) ** 2 for stride in (8, 16, 32)])[:, None]
CELLS = [np.indices([SIZE // stride] * 2)[::-1].reshape(2, -1).T for stride in (8, 16, 32)]
CENTRES = np.float32((np.concatenate(CELLS) + 0.5) * STRIDES)  # of the places, in pixels of the square


def boxes_of(raw):
    """The boxes that the places draw, in pixels of the square: left, top, right, bottom."""
    away = keras.ops.softplus(raw[..., -4:]) * np.float32(2 * STRIDES)
    low, high = CENTRES - away[..., :2], CENTRES + away[..., 2:]
    return keras.ops.clip(keras.ops.concatenate([low, high], axis=-1), 0, SIZE)
'''
CHANGE = '''\


def change(picture, boxes):
    """A changed copy of a picture, with its boxes; those that are nearly cut off are left out."""
    matrix, start = draw_move()
    corners = boxes[:, [1, 2, 3, 2, 3, 4, 1, 4]].reshape(-1, 4, 2)
    corners = (corners - start) @ np.linalg.inv(matrix).T
    whole = np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)
    moved = whole.clip(0, SIZE)
    sides, sides_left = whole[:, 2:] - whole[:, :2], moved[:, 2:] - moved[:, :2]
    seen = (boxes[:, 0] >= 0) & (sides_left > 3).all(axis=1)
    seen &= sides_left.prod(axis=1) > 0.35 * sides.prod(axis=1)
    return move_picture(picture, matrix, start), filled(np.column_stack([boxes[:, 0], moved])[seen])


'''
LOSS = '''\


def assign(scores, boxes, objects):
    """What each place should say: the score of each class, and the box of the object that it answers for.

    Ten places inside an object answer for it: those whose class and box fit it best as they are now. How well
    the box fits is the score that they should give.
    """
    ops, classes = keras.ops, keras.ops.one_hot(keras.ops.cast(objects[..., 0], "int32"), len(CLASSES))
    objects = objects[..., 1:]
    fit = ops.clip(keras.utils.bounding_boxes.compute_iou(objects, boxes, "xyxy"), 0, 1)
    low, high = CENTRES - objects[:, :, None, :2], objects[:, :, None, 2:] - CENTRES
    inside = ops.min(ops.concatenate([low, high], axis=-1), axis=-1) > 1e-3
    inside = ops.cast(inside, "float32") * ops.sum(classes, axis=-1, keepdims=True)
    sure = ops.maximum(ops.einsum("npc,nmc->nmp", scores, classes), 1e-9)
    agreement = (sure * fit**6 + 1e-12) * inside
    chosen = inside * ops.cast(agreement >= ops.top_k(agreement, 10)[0][..., -1:], "float32")
    owner = ops.argmax((fit + 1e-6) * chosen, axis=1)  # a place answers for one object only
    chosen = chosen * ops.transpose(ops.one_hot(owner, MOST), (0, 2, 1))
    agreement = agreement * chosen
    best, nearest = (ops.max(one, axis=-1, keepdims=True) for one in (agreement, fit * chosen))
    wanted = ops.einsum("nmp,nmc->npc", agreement / (best + 1e-9) * nearest, classes)
    return wanted, ops.take_along_axis(objects, owner[..., None], axis=1)


def box_loss(objects, raw):
    """How far scores are off, where far off counts more (quality focal loss), and boxes (CIoU)."""
    ops, logits, boxes = keras.ops, raw[..., :-4], boxes_of(raw)
    scores = ops.sigmoid(logits)
    wanted, drawn = assign(ops.stop_gradient(scores), ops.stop_gradient(boxes), objects)
    off = ops.stop_gradient(ops.abs(scores - wanted) ** 1.5)
    entropy = ops.sum(ops.binary_crossentropy(wanted, logits, from_logits=True) * off)
    ciou = keras.utils.bounding_boxes.compute_ciou(boxes, drawn, "xyxy")
    misfit = ops.sum((1 - ciou) * ops.sum(wanted, axis=-1))
    return 2 * (entropy + misfit) / ops.maximum(ops.sum(wanted), 1)


def overlaps(some, others):
    """The intersection over union of each box with each other one."""
    low, high = np.maximum(some[:, None, :2], others[:, :2]), np.minimum(some[:, None, 2:], others[:, 2:])
    both = (high - low).clip(0).prod(axis=-1)
    areas, other_areas = ((one[:, 2:] - one[:, :2]).prod(axis=1) for one in (some, others))
    return both / np.maximum(areas[:, None] + other_areas - both, 1e-9)


def answers(raw):
    """The objects in a picture: class, left, top, right, bottom and score, the surest first.

    Many places draw the same object: of boxes of a class that overlap the surest stays.
    """
    scores, boxes = 1 / (1 + np.exp(-raw[:, :-4])), np.asarray(boxes_of(raw))
    best = np.argsort(-scores, axis=None)[:300]
    places, classes = np.divmod(best, len(CLASSES))
    same = (overlaps(boxes[places], boxes[places]) > 0.6) & (classes[:, None] == classes)
    kept = []
    for i in range(len(best)):
        if not same[i, kept].any():
            kept.append(i)
    kept = kept[:100]
    return np.column_stack([classes[kept], boxes[places[kept]], scores.ravel()[best[kept]]])


def average_precision(true, found, least):
    """The mean over the classes of precision at 101 recalls, as COCO has it.

    An answer is right if it overlaps an object of its class by `least` that no surer answer has found.
    """
    precisions = []
    for number in range(len(CLASSES)):
        count, right, scores = 0, [], []
        for objects, some in zip(true, found):
            objects, some = objects[objects[:, 0] == number], some[some[:, 0] == number]
            count, scores = count + len(objects), [*scores, *some[:, 5]]
            overlap = overlaps(some[:, 1:5], objects[:, 1:5])
            for row in overlap:
                right.append(row.max(initial=0) >= least)
                if right[-1]:
                    overlap[:, row.argmax()] = 0  # found
        hits = np.cumsum(np.array(right, bool)[np.argsort(-np.array(scores), kind="stable")])
        precision = hits / np.arange(1, len(hits) + 1)
        precision = np.append(np.maximum.accumulate(precision[::-1])[::-1], 0)
        if count:
            precisions.append(precision[np.searchsorted(hits / count, np.linspace(0, 1, 101))].mean())
    return np.mean(precisions)


class Judge(keras.callbacks.Callback):
    """The score on validation after each epoch: the mean over ten overlaps that an answer may need."""

    def on_epoch_end(self, epoch, logs):
        found = [answers(raw) for raw in head.predict(f_validation, batch_size=8, verbose=0)]
        needed = np.linspace(0.5, 0.95, 10)
        logs["val_map"] = np.mean([average_precision(y_validation, found, least) for least in needed])


{recipe}
head.compile(optimizer, box_loss)
best = keras.callbacks.EarlyStopping("val_map", mode="max", patience={patience}, restore_best_weights=True)
head.fit(Batches(), epochs=EPOCHS, callbacks=[Judge(), best], verbose=2)
'''


def model(values: CodeValues) -> str:
    """The network, and the boxes that its places draw."""
    dropout = f"    {line}" if (line := network.dropout(values)) else ""
    return network.backbone(values) + HEAD.format(dropout=dropout)


def train(values: CodeValues) -> str:
    """Changed copies, the loss, the score, and the training of the head."""
    patience = values.config.training.patience or "EPOCHS"
    loss = LOSS.format(recipe=network.recipe(values), patience=patience)
    return pictures.copies(values) + CHANGE + network.FROZEN + loss
