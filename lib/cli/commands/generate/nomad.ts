import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { containerFlags, imageFlag } from "../../generated/container-flags.ts";
import { engineOutcome } from "../../generated/engine-outcome.ts";
import { shellWord } from "../../program-name.ts";

export const usage = {
  details:
    "One job for each bot and collector, or with --one a launcher of all of them, as containers of Nomad's docker driver. The files contain no secret: they read Nomad's Variables, and the commands that make those from your files are printed. The database must be a PostgreSQL that the clients reach. docs/engines/nomad.md goes through all of it.",
  examples: [
    "launch generate nomad --image registry.example/slipway:1 --out jobs",
    "launch generate nomad --image registry.example/slipway:1 --tier kernel --without-consul alice",
  ],
  operands: [{ name: "units", help: "Bots and collectors of launch.yaml.", arity: "many" }],
  flags: {
    ...imageFlag,
    one: { kind: "toggle", help: "One job that runs all of them in one launcher (launch up)." },
    replace: {
      kind: "toggle",
      help: "Let Nomad start a launcher elsewhere while its client is out of reach; leases keep two bots apart.",
    },
    "without-consul": {
      kind: "toggle",
      help: "Leave the health check out, which only Consul can run.",
    },
    ...containerFlags,
  },
} as const satisfies CommandUsage;

/** Generates the jobs and says what to type before they are run. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const { flags, args } = context;
  const { generateNomad } = await import("../../../compose/engines/containers/generate-nomad.ts");
  const config = await context.loadConfig();
  const made = await generateNomad(config, () => context.openWorkspace(), {
    names: args.units,
    image: flags.image,
    tier: flags.tier ?? "preload",
    out: flags.out,
    one: flags.one ? args.units : undefined,
    hasConsul: !flags["without-consul"],
    isReplaced: flags.replace,
  });
  const secrets = made.secrets.map(({ name, files }) => {
    const given = files.map((file) => `${file.name}=@${shellWord(file.from)}`);
    return `next: nomad var put ${name} ${given.join(" ")}`;
  });
  const jobs = made.files.flatMap(({ planned }) => planned?.path ?? []);
  const steps = [...secrets, ...jobs.map((path) => `next: nomad job run ${shellWord(path)}`)];
  return engineOutcome({ ...made, data: { units: made.units }, steps }, flags);
}
