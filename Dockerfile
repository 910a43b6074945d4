# One image for every part: `herald controller`, `herald speaker`, and the command line. docs/operations.md tells how it is
# built for two architectures, with an SBOM, and what makes two builds equal.
#
#   docker buildx build --platform linux/amd64,linux/arm64 --sbom=true --provenance=true -t REPOSITORY/herald:TAG --push .

# To pin: node:24-bookworm-slim@sha256:…
ARG NODE=node:24-bookworm-slim

# The bundle is the same for every architecture: it is made once, without emulation.
FROM --platform=$BUILDPLATFORM ${NODE} AS bundle
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY scripts/build.mjs scripts/kubeconfig-only.mjs scripts/text-modules.mjs scripts/yaml-modules.mjs scripts/
COPY tsconfig.json tsconfig.types.json ./
COPY src src
COPY lab lab
COPY deploy/crds deploy/crds
COPY deploy/kustomize/base/rbac deploy/kustomize/base/rbac
RUN node scripts/build.mjs

# Node's libraries and koffi's native file are the architecture's own.
FROM ${NODE} AS root
ARG SOURCE_DATE_EPOCH=0
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --omit=dev
COPY --from=bundle /src/dist/herald.js /src/dist/poll-loop.js /src/dist/plugin-worker.js dist/
COPY deploy/image deploy/image
RUN for folder in node_modules/@koromix/*/linux_*; do mkdir -p dist/koffi && cp -r "$folder" dist/koffi/; done \
  && deploy/image/rootfs.sh /root-fs

# No shell, no package manager, no libraries but those of Node.
FROM scratch
COPY --from=root /root-fs /
ENV NODE_ENV=production
# The controller's user; the speaker's Pod asks for uid 0, because Kubernetes gives capabilities to no other.
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/node", "/herald/herald.js"]
