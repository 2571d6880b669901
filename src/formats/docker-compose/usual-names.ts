/** What `docker compose` reads by itself, in its order (docs: how Compose works, the Compose file). */
export const USUAL_NAMES = ['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml'];
/** What it lays over that by itself (docs: merge Compose files). */
export const OVERRIDE_NAMES = [
  'compose.override.yaml',
  'compose.override.yml',
  'docker-compose.override.yaml',
  'docker-compose.override.yml',
];
