import { rotateKeys } from "../../../operations/keys/rotate-keys.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";

export const usage = {
  details:
    "Changes all credentials or none. Refused while a running launcher does not have the newest key, because it could open no credential afterwards.",
  flags: {
    force: { kind: "toggle", help: "Rotate even while a running launcher does not have the newest key." },
  },
} as const satisfies CommandUsage;

/** Seals every stored credential with the newest key. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const workspace = await context.openWorkspace();
  const operator = await workspace.openOperator();
  const progress = await context.io.progress("Sealing again");
  try {
    const onProgress = (done: number, total: number) => progress.update(`Sealing again ${done} of ${total}`);
    const force = context.flags.force;
    const rotated = await rotateKeys(operator, workspace.processes, { force, onProgress });
    const { keyId, resealed, untouched } = rotated;
    return {
      data: { version: 1, key_id: keyId, resealed, untouched },
      notes: [`${resealed} sealed again with key ${keyId}, ${untouched} already were.`],
    };
  } finally {
    progress.done();
  }
}
