import { type HostLogs, openLogs } from "../../compose/logs/open-logs.ts";
import type { NamedLog } from "../../domain/logs/named-log.ts";
import type { Instant } from "../../domain/time.ts";
import { LaunchError, UsageError } from "../../errors.ts";
import { type FoundLogs, findLogs, namesHint } from "../../operations/logs/find-logs.ts";
import { lastCrashes, MergedLogs, openedLogs } from "../../operations/logs/merged-logs.ts";
import { explainMissing, mayCome, noteElsewhere } from "../../operations/logs/missing-log.ts";
import type { CommandUsage, Context, Outcome } from "../command.ts";
import { readMoment } from "../parse/moment-flag.ts";
import { pause } from "../terminal/pause.ts";
import { logNames, renderLogLines } from "../view/log-lines.ts";

export const usage = {
  details:
    "Prints the last lines of each log, several logs mixed by time. Reads files of this host: the database may be down. Control characters of a bot are shown as signs, but for colours on a terminal; --raw prints its bytes as they are. With --json each line is an object.",
  examples: ["launch logs alice -f", "launch logs 'fut-*' --since 2h", "launch logs alice --crash"],
  operands: [{ name: "name", help: "Bots and collectors, by name or pattern.", arity: "many" }],
  flags: {
    all: { kind: "toggle", help: "The logs of all bots and collectors." },
    follow: { kind: "toggle", help: "Go on with what is written next, also by later runs, until Ctrl-C." },
    lines: {
      kind: "count",
      value: "count",
      help: "How many of each log's last lines (100; all with --since).",
    },
    since: {
      kind: "text",
      value: "time",
      help: "Only lines after this moment: 90m, 14:03 or RFC 3339.",
    },
    crash: { kind: "toggle", help: "The last lines that were kept of the newest crash." },
    raw: { kind: "toggle", help: "The bytes as they were written, without time and name." },
  },
} as const satisfies CommandUsage;

const usualLines = 100;
const lookEveryMs = 200;

/** Gives back what bots and collectors wrote, and what they write next when asked. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const { all, crash, follow, lines, raw } = context.flags;
  const names = context.args.name;
  const workspace = await context.openWorkspace();
  const logs = openLogs(workspace);
  requireWish(context, logs);
  const since = sinceOf(context.flags.since, workspace.clock.now());
  const { found, without } = await findLogs(logs.reader, { names, all }, logs.places, () => logs.accounts());
  const shown = await shownOf(context, logs, { found, without });
  const start = { lines: lines ?? (since === undefined ? usualLines : undefined), since };
  const form = raw ? "raw" : context.io.flags.json ? "json" : "text";
  const stopped = follow ? [context.io.signals.graceful] : [];
  return {
    async *follow(style, gone) {
      const look = { form, names: logNames(shown), style } as const;
      const opened = crash ? lastCrashes(logs.reader, shown, lines) : openedLogs(logs.reader, shown, start);
      const merged = new MergedLogs(await opened);
      const until = AbortSignal.any([gone, ...stopped]);
      const goesOn = async () => follow && (await pause(lookEveryMs, until));
      try {
        for (
          let more = await merged.next();
          more.length > 0 || (await goesOn());
          more = await merged.next()
        ) {
          const text = renderLogLines(more, look);
          if (text !== undefined) yield text;
          if (until.aborted) return;
        }
      } finally {
        await merged.close();
      }
    },
  };
}

function requireWish({ args, flags }: Context<typeof usage>, { places }: HostLogs): void {
  const refuse = (message: string, hint: string) => {
    throw new UsageError("LAUNCH_USAGE", message, { hint });
  };
  if (args.name.length === 0 && !flags.all)
    refuse("Which logs? No bot or collector was named.", namesHint(places.known));
  if (flags.crash && flags.follow)
    refuse("A crash is over: there is nothing to follow.", "Leave out --follow or --crash.");
}

function sinceOf(text: string | undefined, now: Instant): string | undefined {
  return text === undefined ? undefined : new Date(readMoment(text, "--since", now)).toISOString();
}

// A log that does not exist yet can be followed, unless it will be written elsewhere.
async function shownOf(
  { flags, io }: Context<typeof usage>,
  logs: HostLogs,
  { found, without }: FoundLogs,
): Promise<readonly NamedLog[]> {
  const elsewhere = await logs.elsewhere();
  for (const log of found) {
    const note = noteElsewhere(log, elsewhere);
    if (note !== undefined) io.note(note);
  }
  const missing = without.map((log) => explainMissing(log, logs.places, elsewhere));
  const awaited = flags.follow ? without.filter((log) => mayCome(log, logs.places, elsewhere)) : [];
  if (found.length + awaited.length === 0)
    throw new LaunchError("LAUNCH_NO_LOG", missing.join(" ") || "No log was written here yet.", {
      hint: namesHint(logs.places.known.filter((log) => !without.includes(log))),
    });
  for (const text of missing) io.warn(text);
  return [...found, ...awaited];
}
