# syntax=docker/dockerfile:1
# One image per service, which holds that service and its packages and nothing else:
#   docker build --build-arg SERVICE=users .
# SERVICE is router, users, tweets, social, timeline or installer (the one-shot jobs of
# docker-compose.yml). `tests/deploy` runs these steps without an engine.
ARG SERVICE=router

FROM python:3.11-slim-bookworm AS packages
ARG SERVICE
WORKDIR /build
COPY requirements/bootstrap.txt requirements/${SERVICE}.txt requirements/
RUN --mount=type=cache,target=/root/.cache \
    python -m venv bootstrap \
 && bootstrap/bin/pip install -q --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt \
 && python -m venv --without-pip /opt/venv \
 && bootstrap/bin/uv pip sync -q --link-mode copy --compile-bytecode --python /opt/venv/bin/python --require-hashes requirements/${SERVICE}.txt

FROM node:22-bookworm-slim AS playground
WORKDIR /build/web/playground
COPY web/playground/package.json web/playground/package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts --no-audit --no-fund
COPY web/playground/ ./
COPY schema/operations/ /build/schema/operations/
RUN npm run build

FROM python:3.11-slim-bookworm AS runtime
WORKDIR /app
COPY --from=packages /opt/venv /opt/venv
COPY deploy/enter.py deploy/ready.py ./
COPY chassis/ chassis/
# Byte code comes with the packages and is not written: the root may be read-only.
ENV PATH=/opt/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 VARIABLES=/run/microtwitt
ENTRYPOINT ["python", "enter.py"]

FROM runtime AS subgraph
ARG SERVICE
COPY subgraphs/__init__.py subgraphs/
COPY subgraphs/${SERVICE}/ subgraphs/${SERVICE}/
ENV MODULE=subgraphs.${SERVICE} MT_HOST=0.0.0.0 MT_PORT=4000
CMD ["serve"]

FROM subgraph AS users
FROM subgraph AS tweets
FROM subgraph AS social
FROM subgraph AS timeline

FROM runtime AS router
COPY supergraph/ supergraph/
COPY schema/supergraph.graphql schema/
COPY --from=playground /build/web/playground/dist/ playground/
ENV MODULE=supergraph MT_PORT=3000
CMD ["serve", "--supergraph", "schema/supergraph.graphql", "--config", "/run/microtwitt/router.yaml", "--host", "0.0.0.0", "--port", "3000"]

FROM runtime AS installer
COPY subgraphs/ subgraphs/
COPY stack/ stack/
# New volumes take over the owner of the folder that they cover.
RUN mkdir -p /run/microtwitt/installer /run/microtwitt/postgres /run/microtwitt/neo4j /run/microtwitt/redis /run/microtwitt/nats \
    /run/microtwitt/users /run/microtwitt/tweets /run/microtwitt/social /run/microtwitt/timeline /run/microtwitt/router \
 && chown -R 10001:10001 /run/microtwitt
ENV MODULE=stack.containers
CMD ["--help"]

# hadolint ignore=DL3006
FROM ${SERVICE} AS service
USER 10001:10001
HEALTHCHECK --interval=10s --timeout=6s --start-period=60s --retries=3 CMD ["python", "ready.py"]
