# The command line in a container: docker run --rm -v "$PWD:/work" headroom check
# The base is named by version: pin it by the digest that `docker buildx imagetools inspect node:24-alpine` prints.
FROM node:24-alpine

# dist/ is all that runs; package.json says that it is ES modules.
COPY package.json LICENSE /opt/headroom/
COPY dist/ /opt/headroom/dist/

# The repository to check is mounted here. Nothing is written unless a command is asked to (`fix`, `init`, `facts lock`).
WORKDIR /work
USER node
ENTRYPOINT ["node", "/opt/headroom/dist/headroom.js"]
CMD ["check"]
