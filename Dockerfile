# One image for both process groups: the API by default, the worker with
#   docker run IMAGE node dist/programs/worker.js
# It holds the bundled programs, the two packages that can't be bundled, and data: nothing that builds, tests or
# configures. Nothing in it is written to, so its root may be read-only (docker run --read-only).

# The digest that https://github.com/docker-library/repo-info publishes for this tag (amd64, arm64):
# repos/node/remote/26.10.0-bookworm-slim.md at commit 8caa69d58285fae9f5e1681952a405bedd56c771.
FROM node:26.10.0-bookworm-slim@sha256:662933cf47f013bc8e4beb31a6116448427a82057ba7c42c97e4c5ba766504c2 AS base
WORKDIR /app

# No dependency may run code while it is installed; none that runs here needs to (the native ones
# ship prebuilt binaries).
FROM base AS build
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts
COPY tsconfig.json build.ts sbom.ts ./
COPY src src
COPY tools/scalar tools/scalar
RUN npm run build && npm run --silent sbom > dist/sbom.cdx.json

# A local SES with its inbox, for compose.yaml alone.
FROM build AS inbox
COPY tools/inbox tools/inbox
USER 1000:1000
EXPOSE 8005
CMD ["node", "tools/inbox/main.ts"]

FROM base
# docker build --build-arg REVISION=$(git rev-parse HEAD) .
ARG REVISION
LABEL org.opencontainers.image.title="order-processing" \
      org.opencontainers.image.description="An order service: API and worker" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.revision=$REVISION
# Without the option a signal opens a debugger, which can run anything.
ENV NODE_ENV=production \
    NODE_OPTIONS=--disable-sigusr1 \
    REVISION=$REVISION
COPY LICENSE package.json ./
COPY --from=build /app/dist dist
COPY data data

# The base image's user `node`, by number, so that a host can tell that it isn't root. The code belongs
# to root: the process can't change what it runs.
USER 1000:1000
EXPOSE 5000 5001
STOPSIGNAL SIGTERM

# Whichever of the two it is answers on its port. Alive, not ready: a dependency that is down is no
# reason to restart. Grant more than WORKER_DRAIN_SECONDS (25) when stopping: docker stop -t 40.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 CMD ["node", "-e", "\
const ports = [process.env.PORT || 5000, process.env.WORKER_PORT || 5001]; \
const ask = (port) => fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(4000) }); \
const alive = (port) => ask(port).then((answer) => answer.ok || Promise.reject()); \
Promise.any(ports.map(alive)).catch(() => process.exit(1))"]

# The API makes much that lives for one request: with room for it, less of it is copied by the collector. With a
# limit, the rest of the heap is collected before it has grown by hundreds of MiB.
CMD ["node", "--max-semi-space-size=16", "--max-old-space-size=512", "dist/programs/api.js"]
