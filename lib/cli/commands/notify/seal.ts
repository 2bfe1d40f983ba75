import { unseenIn } from "../../../domain/text/unseen.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";

export const usage = {
  details:
    "Seals a secret of `notify` with the newest master key, in its file: whoever copies the file can read it only with the key file, too. What the file holds is sealed in place, also anew after `launch keys new`. A file that is not there is made, of what is asked for or comes from stdin.",
  examples: [
    "launch notify seal secrets/telegram",
    "pass show telegram | launch notify seal secrets/telegram --stdin",
  ],
  operands: [{ name: "file", help: "The file that launch.yaml names, such as token_file.", arity: "one" }],
  flags: { stdin: { kind: "toggle", help: "Read the secret from stdin; an earlier one is replaced." } },
} as const satisfies CommandUsage;

/** Seals the file and names the key. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const { isThere, sealFile, secretOf } = await import("../../../compose/alerts/sealed-files.ts");
  const { io, args, flags } = context;
  const { keyring } = await context.openWorkspace();
  const given = flags.stdin
    ? secretOf(await io.readStdin(), "--stdin")
    : (await isThere(args.file))
      ? undefined
      : await io.askSecret(`Secret for ${args.file}`, ["--stdin"], unseenIn);
  const keyId = await sealFile(keyring, args.file, given);
  return {
    data: { version: 1, file: args.file, key_id: keyId },
    notes: [
      `${args.file} is sealed with key ${keyId} of ${keyring.place}. Without that key the secret is lost.`,
    ],
  };
}
