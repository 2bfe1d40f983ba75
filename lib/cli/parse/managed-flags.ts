import { UsageError } from "../../errors.ts";

/** What every command takes that starts a launcher which stays. */
export const launcherFlags = {
  "success-status": {
    kind: "count",
    value: "status",
    help: "What to end with instead of 0 (docs/engines/pm2.md).",
  },
  force: {
    kind: "toggle",
    help: "Start although this database was moved to another one (launch db move).",
  },
} as const;

/** What a launcher of one takes beside it, for programs of the host that start it. */
export const managedFlags = {
  force: launcherFlags.force,
  managed: {
    kind: "toggle",
    help: "For pm2 and systemd: obey `launch stop`, and wait out a crash loop.",
  },
  stopped: {
    kind: "choice",
    choices: ["exit", "wait"],
    help: "With --managed, once stopped: end with 0 (default), or wait until `launch start`.",
  },
  "success-status": launcherFlags["success-status"],
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
