# One image for both process groups: the API by default, the worker with
#   docker run IMAGE node dist/programs/worker.js
# It holds compiled code and its runtime dependencies, nothing that builds, tests or configures.

FROM node:26.10.0-bookworm-slim AS base
WORKDIR /app
COPY package.json package-lock.json ./

# No dependency may run code while it is installed; none that runs here needs to (the native ones
# ship prebuilt binaries).
FROM base AS dependencies
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts

FROM base AS build
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts
COPY tsconfig.json build.ts ./
COPY src src
COPY tools/scalar tools/scalar
RUN npm run build

FROM base
LABEL org.opencontainers.image.title="order-processing" \
      org.opencontainers.image.description="An order service: API and worker" \
      org.opencontainers.image.licenses="MIT"
# docker build --build-arg REVISION=$(git rev-parse HEAD) .
ARG REVISION
# Without the option a signal opens a debugger, which can run anything.
ENV NODE_ENV=production \
    NODE_OPTIONS=--disable-sigusr1 \
    REVISION=$REVISION
COPY --from=dependencies /app/node_modules node_modules
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
