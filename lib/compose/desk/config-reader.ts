/**
 * The process that reads launch.yaml for a launcher that stays, and sends it what it read or why it cannot be used. The first argument is
 * the file; without one it sends what holds without a launch.yaml.
 */
import type { FileSettings } from "../../config/file/settings.ts";
import { programBuild } from "../../config/package-root.ts";
import { readSettings } from "../../config/read/read-settings.ts";
import { type ErrorCode, LaunchError } from "../../errors.ts";

/** What a reader sends, once, with the build that it is of. */
export type Told = { readonly build: string } & Answer;

type Answer = { readonly settings: FileSettings } | { readonly refused: Refused };

/** An error that is for people; the launcher throws it as its own. */
interface Refused {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | undefined;
  readonly stack: string | undefined;
  readonly cause: unknown;
}

// Node would answer it with a debugger, and a launch.yaml may hold a password.
process.on("SIGUSR1", () => {});
process.send?.({ build: programBuild(), ...tell(process.argv[2]) } satisfies Told);

function tell(path: string | undefined): Answer {
  try {
    return { settings: readSettings(path) };
  } catch (error) {
    // What nobody expects is for stderr.
    if (!(error instanceof LaunchError)) throw error;
    const { code, message, hint, stack, cause } = error;
    return { refused: { code, message, hint, stack, cause } };
  }
}
