import type { CommandArgs, CommandMeta, Context, Outcome } from "../../command.ts";

/** What help adds to the summary. */
export const meta: CommandMeta = {
  details:
    "What is sealed from now on needs it: give it to every host, restart their launchers, then rotate.",
};

/** What the command takes. */
export const args = { operands: [], flags: {} } as const satisfies CommandArgs;

/** Puts a new key first and gives back its id. */
export async function run(context: Context<typeof args>): Promise<Outcome> {
  const { keyring } = await context.openWorkspace();
  const keyId = await keyring.add();
  return {
    data: { version: 1, key_id: keyId, place: keyring.place },
    notes: [
      `Key ${keyId} is the newest in ${keyring.place}. Running bots do not know it yet: restart them (launch ps), then launch keys rotate`,
    ],
  };
}
