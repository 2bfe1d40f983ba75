import type { CommandUsage, Context, Outcome } from "../../command.ts";

export const usage = {
  details:
    "New credentials are sealed with it from now on. Running launchers read it from their key file within seconds. Copy the key file to every host, then rotate.",
} as const satisfies CommandUsage;

/** Puts a new key first and gives back its id. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const { keyring } = await context.openWorkspace();
  const keyId = await keyring.add();
  return {
    data: { version: 1, key_id: keyId, place: keyring.place },
    notes: [
      `Key ${keyId} is the newest in ${keyring.place}. Running launchers of this host use it within seconds. Copy the key file to every other host, then run launch keys rotate`,
    ],
  };
}
