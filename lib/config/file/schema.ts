import { leaseTtl } from "../../domain/run/lease.ts";
import { isNeverPassed } from "../../domain/run/never-passed.ts";
import { parseLocal, parseLocalSocket, parsePublish } from "../../domain/run/reach/bypass.ts";
import { parsePortList } from "../../domain/run/reach/port-list.ts";
import { splitCommand } from "../command-words.ts";
import { durationPattern, parseDuration } from "../duration.ts";
import { metricsSchema } from "./alerts/metrics-schema.ts";
import { notifySchema } from "./alerts/notify-schema.ts";
import { careSchema } from "./care-schema.ts";
import { networkSchema } from "./network-schema.ts";
import { logsSchema } from "./sections/logs-schema.ts";
import * as shape from "./shape/shape.ts";
import { switchSchema } from "./switch-schema.ts";
import { outputRuleSchema, venueSchema } from "./venue-schema.ts";

/** The version of launch.yaml that this program reads. */
export const fileVersion = 1;

/** Which account had which exit is asked for so long: without its history an exit would be given to another account too soon. */
const leastHistoryDays = 30;

/** Heartbeats come every 5 s: one that is late by itself must not count as lost. */
const leastLostAfterMs = 10_000;

const names = shape.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/);
const namesOrPatterns = shape.string().regex(/^[A-Za-z0-9*?][A-Za-z0-9_.*?-]{0,62}$/);
const texts = shape.list(shape.string().min(1));
const places = shape.list(shape.union([shape.string().min(1), shape.int().min(1).max(65_535)]));
const duration = shape
  .string()
  .regex(durationPattern, { abort: true })
  .refine((text) => parseDuration(text) !== undefined, "is longer than 24 days")
  .describe("A duration: 90s, 15m, 1h30m.");
const variableName = shape.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/);

const common = {
  cwd: shape.string().min(1).optional().describe("Working folder, relative to this file."),
  env: shape.record(variableName, shape.union([shape.string(), shape.number(), shape.boolean()])).optional(),
  env_file: shape
    .union([shape.string().min(1), texts])
    .optional()
    .describe("Files of NAME=value lines, relative to this file."),
  pass_env: shape
    .list(
      variableName.refine(
        (name) => !isNeverPassed(name),
        "contains a secret of Slipway, which no child gets",
      ),
    )
    .optional()
    .describe("Variables to keep although they are normally removed."),
  tty: shape.boolean().optional().describe("Give the process this terminal; its output is not captured."),
  restart: shape.oneOf(["on-failure", "always", "never"]).optional(),
  stop: shape
    .map({
      signal: shape.oneOf(["TERM", "INT", "HUP", "QUIT", "USR1", "USR2"]).optional(),
      grace: duration.optional(),
    })
    .optional()
    .describe("How the process is asked to stop before it is killed."),
  ...careSchema,
};

const after = texts
  .optional()
  .describe(
    "Names of bots and collectors of this file that must be ready before launch up starts this one; bot:NAME or collector:NAME where both have it.",
  );

const words = shape
  .union([
    shape.list(shape.union([shape.string().min(1), shape.number(), shape.boolean()])).min(1),
    shape.string().min(1),
  ])
  .superRefine((words, context) => {
    const split = typeof words === "string" ? splitCommand(words) : undefined;
    if (split?.kind === "refused") context.addIssue({ code: "custom", message: split.why });
  });
const command = words
  .optional()
  .describe("A list of words, or one text that is split into words without a shell.");

const ofBots = {
  isolation: shape
    .oneOf(["auto", "kernel", "preload", "env"])
    .optional()
    .describe("The enforcement tier; auto chooses the strongest that works here."),
  on_failover: shape.oneOf(["restart", "reconnect"]).optional(),
  on_no_proxy: shape.oneOf(["exit", "hold"]).optional(),
  pre_switch: words
    .optional()
    .describe("A command that runs on the old exit before a planned switch leaves it, for at most 10 s."),
  on_lost: words
    .optional()
    .describe(
      "A command that runs on the next exit after one was lost, before the bot starts, for at most 30 s.",
    ),
  observe: shape
    .boolean()
    .optional()
    .describe(
      "false: nothing of ours looks from inside a Node or Python bot, which then shows no heartbeat.",
    ),
  heartbeat: shape
    .map({
      lost_after: duration
        .refine((text) => (parseDuration(text) ?? 0) >= leastLostAfterMs, "is less than 10s")
        .optional()
        .describe("Without a heartbeat for so long the bot hangs: 16s for Node, 60s for Python."),
      loop: duration
        .refine((text) => (parseDuration(text) ?? 0) >= leastLostAfterMs, "is less than 10s")
        .optional()
        .describe(
          "With an asyncio loop that stands still for so long the bot hangs; without this it is only told.",
        ),
    })
    .optional()
    .describe("When a bot that shows life is taken for one that hangs."),
  tmp: shape
    .oneOf(["own", "shared"])
    .optional()
    .describe("shared: in the kernel tier the bot uses the host's /tmp and /var/tmp."),
  pin_exit: shape
    .boolean()
    .optional()
    .describe("false for rotating gateways: the first proof does not set the expected address."),
  output_patterns: shape
    .boolean()
    .optional()
    .describe("false: what the bot prints is not searched for refusals of a venue."),
};

const logFile = shape
  .string()
  .min(1)
  .optional()
  .describe("The log file, in which each line has its time; relative to this file.");

const bot = shape.map({
  command,
  after,
  ...common,
  ...ofBots,
  log_file: logFile,
  runtime: shape
    .oneOf(["node", "python"])
    .optional()
    .describe("Declares a wrapper such as npm, tsx or a shell script to run a Node or Python program."),
  run_as: shape.string().min(1).optional().describe("Run the bot as this user."),
  ports: places
    .superRefine((entries, context) => {
      const list = parsePortList(entries.map(String));
      if (list.kind === "refused") refuse(context, list.why);
    })
    .optional()
    .describe("Ports and ranges (7000-7010) that the kernel tier forwards in addition to its defaults."),
  local: places
    .superRefine(
      refuseOthers(
        "a loopback or private target such as 5432 or 10.0.0.5:5432, nor a socket such as unix:/run/redis.sock",
        (entry) => parseLocal(entry) ?? parseLocalSocket(entry),
      ),
    )
    .optional()
    .describe("Loopback or private host:port, or unix:/path, that the bot may reach directly."),
  publish: places
    .superRefine(refuseOthers("a place such as 127.0.0.1:8080:3000", parsePublish))
    .optional()
    .describe("Ports of the bot that the host may reach: address:outside:inside."),
});

const collector = shape.map({
  command,
  after,
  ...common,
  log_file: logFile,
  instances: shape
    .oneOf(["one", "many"])
    .optional()
    .describe("one (the default): only one run of this name at a time."),
});

/** The shape of launch.yaml, with everything that can be judged of a value by itself, so that one reading finds all issues. */
export const fileShape = shape.map({
  version: shape.literal(fileVersion),
  database: shape
    .map({
      url: shape
        .string()
        .min(1)
        .optional()
        .describe("Your own PostgreSQL; needs mode 0600 with a password in it."),
      migrate_url: shape.string().min(1).optional(),
      schema: shape
        .string()
        .regex(/^[a-z_][a-z0-9_]{0,62}$/)
        .optional(),
    })
    .optional(),
  network: networkSchema.optional(),
  relay: shape
    .map({
      warm: shape
        .int()
        .min(0)
        .max(1)
        .optional()
        .describe(
          "Connections to its proxy that each bot has ready for its next request: 0 (the default) or 1.",
        ),
    })
    .optional()
    .describe("How bots are connected with their proxies."),
  lease: shape
    .map({
      ttl: duration
        .refine((text) => isWithin(text, leaseTtl.leastMs, leaseTtl.mostMs), "is not between 10s and 5m")
        .optional()
        .describe(
          "How long leases last without a renewal, 10s to 5m: 15s (the default). Longer survives a longer outage of the database, and another host takes over later.",
        ),
    })
    .optional()
    .describe("How long bots may run while the database does not answer; the same for the whole fleet."),
  history: shape
    .map({
      keep: shape
        .string()
        .regex(/^\d{1,5}d$/)
        .refine((text) => Number.parseInt(text, 10) >= leastHistoryDays, `is less than ${leastHistoryDays}d`)
        .optional()
        .describe("How long runs and events are kept, in days: 90d (the default), at least 30d."),
    })
    .optional(),
  evidence: shape
    .map({
      keep: shape
        .string()
        .regex(/^\d{1,5}d$/)
        .refine((text) => Number.parseInt(text, 10) >= 1, "is less than 1d")
        .optional()
        .describe(
          "How long what was seen of exits and venues is kept, in days: 30d (the default), at least 1d.",
        ),
    })
    .optional(),
  logs: logsSchema.optional().describe("How much of what bots and collectors write is kept."),
  switch: switchSchema.optional().describe("By which rules exits are judged and left."),
  notify: shape.lazy(notifySchema).optional().describe("Where people are told of trouble, and when."),
  metrics: metricsSchema
    .optional()
    .describe("Where Prometheus may ask for figures: 127.0.0.1:9464 or unix:/path."),
  selection: shape.map({ order: shape.oneOf(["continuity", "round_robin"]).optional() }).optional(),
  venues: shape
    .list(shape.lazy(venueSchema))
    .optional()
    .describe("What your venues' answers mean, before what is built in."),
  venue_files: texts.optional().describe("Files with such entries, relative to this file."),
  output_rules: shape
    .list(shape.lazy(outputRuleSchema))
    .optional()
    .describe("What lines that your bots print mean, before what is built in."),
  defaults: shape
    .map({ ...common, ...ofBots })
    .optional()
    .describe("Settings for every bot and collector below."),
  bots: shape
    .record(namesOrPatterns, bot)
    .optional()
    .describe(
      "By the account's name, or by a pattern such as * or fut-* for every account without an own entry; {account} stands for the name.",
    ),
  collectors: shape.record(names, collector).optional(),
});

export type FileContent = shape.Read<typeof fileShape>;
export type FileUnit = shape.Read<typeof bot> & shape.Read<typeof collector>;

type Context = { addIssue(issue: { code: "custom"; message: string }): void };

function isWithin(text: string, leastMs: number, mostMs: number): boolean {
  const ms = parseDuration(text);
  // What is no duration at all has been told.
  return ms === undefined || (ms >= leastMs && ms <= mostMs);
}

function refuse(context: Context, why: string): void {
  context.addIssue({ code: "custom", message: `cannot be used: ${why}` });
}

function refuseOthers(wanted: string, parse: (entry: string) => unknown) {
  return (entries: readonly (string | number)[], context: Context): void => {
    const other = entries.map(String).find((entry) => parse(entry) === undefined);
    if (other !== undefined) refuse(context, `"${other}" is not ${wanted}`);
  };
}
