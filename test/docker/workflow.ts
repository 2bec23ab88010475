/** From nothing to a mirrored ping: what the README has people type, as it stands there. */
export const WORKFLOW = [
  'docker compose up -d --wait',
  'docker compose exec server taas port list',
  'docker compose exec server taas tap service create --name ids --port sensor --wait',
  'docker compose exec server taas tap flow create --port vm1 --tap-service ids --direction BOTH --wait',
  'docker compose exec host mirrored-ping',
] as const;
