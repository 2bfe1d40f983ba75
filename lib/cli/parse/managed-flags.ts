import { UsageError } from "../../errors.ts";

/** For programs of the host that start a launcher: what it ends with where it would be 0. */
export const successStatus = {
  kind: "count",
  value: "status",
  help: "What to end with instead of 0 (docs/engines/pm2.md).",
} as const;

/** What `--managed` and `--stopped` say together; undefined: a person starts it. */
export function managedBy(flags: {
  readonly managed: boolean;
  readonly stopped: "exit" | "wait" | undefined;
}): "exit" | "wait" | undefined {
  if (flags.managed) return flags.stopped ?? "exit";
  if (flags.stopped === undefined) return undefined;
  throw new UsageError(
    "LAUNCH_USAGE",
    "--stopped says what --managed does: without it a stop is not obeyed.",
    {
      hint: "Add --managed.",
    },
  );
}
