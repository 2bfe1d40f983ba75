/** Variables that hold our own secrets: the master keys, and the addresses of the database with its password. */
const neverPassed: readonly string[] = [
  "LAUNCH_FERNET_KEYS",
  "LAUNCH_DATABASE_URL",
  "LAUNCH_DATABASE_MIGRATE_URL",
];

/** Whether no child gets this variable of the operator's, even when `pass_env` names it. */
export function isNeverPassed(name: string): boolean {
  return neverPassed.includes(name);
}
