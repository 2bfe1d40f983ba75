import type { LaunchConfig } from "../../../config/launch-config.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { generateFlags } from "../../generated/generate-flags.ts";
import { renderGenerated } from "../../generated/generated-files.ts";

export const usage = {
  details:
    "Each entry runs `launch bot` or `launch collector` by name; with --one there is one entry, which runs `launch up`. The file gets mode 0600 and contains no secret and nothing from your shell. Without names it contains all bots and collectors of launch.yaml. If only your shell's environment names the database, pm2 does not know it: write it into .env or launch.yaml.",
  examples: [
    "launch generate pm2 --out ecosystem.config.cjs",
    "launch generate pm2 --one --out ecosystem.config.cjs",
    "launch generate pm2 alice bob",
  ],
  operands: [{ name: "accounts", help: "Bots and collectors of launch.yaml.", arity: "many" }],
  flags: {
    out: {
      kind: "text",
      value: "file",
      help: "The file or folder to write to; without it, the text goes to stdout.",
    },
    one: { kind: "toggle", help: "One entry that runs all of them in one launcher (launch up)." },
    ...generateFlags,
  },
} as const satisfies CommandUsage;

/** Generates the file and says how to start it. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const { flags, args } = context;
  const [{ generatePm2 }, { hostedUnits }, { writeGenerated }] = await Promise.all([
    import("../../../compose/engines/generate-pm2.ts"),
    import("../../../compose/engines/host-place.ts"),
    import("../../../compose/engines/write-planned.ts"),
  ]);
  const config = await context.loadConfig();
  const { units, refused } = await hostedUnits(config, () => context.openWorkspace(), args.accounts);
  const one = flags.one ? args.accounts : undefined;
  const { text, planned } = await generatePm2(config, { units, one, out: flags.out });
  if (planned !== undefined && !flags["dry-run"]) await writeGenerated([planned], flags.force);
  const file = planned?.path;
  return {
    data: {
      version: 1,
      file,
      state: planned?.fate,
      difference: planned?.difference ?? [],
      units: units.map(({ kind, name }) => ({ kind, name })),
      text,
    },
    text: (style) =>
      planned === undefined ? text.trimEnd() : renderGenerated([planned], flags["dry-run"], style),
    notes: [
      ...refused.map(({ name, why }) => `warning: ${name} was left out: ${why}`),
      ...warnings(config),
      ...(file === undefined || flags["dry-run"] ? [] : [`next: pm2 start ${file}`]),
    ],
  };
}

function warnings({ settings, database }: LaunchConfig): readonly string[] {
  const source = settings.find(({ name }) => name === "database")?.source;
  if (database.kind !== "server" || database.variable !== source) return [];
  return [`warning: under pm2 ${source} is not set: write it into .env beside launch.yaml.`];
}
