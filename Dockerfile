# Graft as images, which compose.yaml (docs/serving.md) and compose.cluster.yaml (docs/cluster.md) build and start:
# the server, and a machine of a cluster.
FROM python:3.11-slim AS server
WORKDIR /graft
COPY requirements.txt requirements-signin.txt ./
RUN python -m pip install --no-cache-dir -r requirements.txt -r requirements-signin.txt
COPY . .
ENV GRAFT_HOME=/workspace GRAFT_WEIGHTS=/weights PYTHONUTF8=1 HOME=/tmp
RUN python -m compileall -q app.py pages tlcore
RUN python -m tlcore backbones --fetch
# An account without rights; it can write to these two and to /tmp.
RUN install -d -o 1000 -g 1000 /workspace && chown -R 1000:1000 /weights
USER 1000
VOLUME /workspace
EXPOSE 8501
ENTRYPOINT ["python", "-m", "tlcore"]
CMD ["classroom", "--students", "25"]

FROM server AS machine
USER root
RUN python -m pip install --no-cache-dir -r requirements-cluster.txt
# Ray asks for the name of its account, and this one has none.
ENV LOGNAME=graft
USER 1000
ENTRYPOINT []

FROM server
