import { requireRetirable } from "../../../operations/keys/list-keys.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { consentFlags, withConsent } from "../../verbs/consent.ts";

export const usage = {
  details:
    "Refused for the newest key, and while a credential or a secret of `notify` in this launch.yaml is still sealed with the key.",
  examples: ["launch keys retire 1a2b3c4d"],
  operands: [{ name: "key", help: "The key's id, or its beginning.", arity: "one" }],
  flags: consentFlags,
} as const satisfies CommandUsage;

/** Takes the key out of the key file. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const workspace = await context.openWorkspace();
  const operator = await workspace.openOperator();
  const { sealedFiles } = await import("../../../compose/alerts/sealed-files.ts");
  const sealed = await sealedFiles(workspace.config.notify);
  const keyId = await requireRetirable(operator, context.args.key, sealed);
  const { place } = workspace.keyring;
  return await withConsent(operator, context, {
    what: `Remove the key ${keyId} from ${place}`,
    consequences: [
      "Exports and copies of the database whose credentials are sealed with it cannot be opened without it.",
    ],
    typed: keyId,
    act: async (each) => void (await requireRetirable(each, keyId, sealed)),
    afterwards: () => workspace.keyring.remove(keyId),
    outcomeOf: () => ({
      data: { version: 1, retired: keyId },
      notes: [`Key ${keyId} was removed from ${place}.`],
    }),
  });
}
