import { join } from "node:path";
import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { containerFlags, imageFlag } from "../../generated/container-flags.ts";
import { engineOutcome } from "../../generated/engine-outcome.ts";
import { shellWord } from "../../program-name.ts";

export const usage = {
  details:
    "One Deployment for each bot and collector, or with --one a launcher of all of them. The file contains no secret: it names Secrets, and the commands that make them from your files are printed. The database must be a PostgreSQL that the pods reach. docs/engines/kubernetes.md goes through all of it.",
  examples: [
    "launch generate kubernetes --image registry.example/slipway:1 --out cluster",
    "launch generate kubernetes --image registry.example/slipway:1 --tier kernel alice bob",
    "launch generate kubernetes --image registry.example/slipway:1 --one --pool zone=a --out zone-a",
  ],
  operands: [{ name: "units", help: "Bots and collectors of launch.yaml.", arity: "many" }],
  flags: {
    ...imageFlag,
    one: { kind: "toggle", help: "One Deployment that runs all of them in one launcher (launch up)." },
    pool: {
      kind: "text",
      value: "key=value",
      help: "With --one: run on nodes that have this label only.",
    },
    ...containerFlags,
  },
} as const satisfies CommandUsage;

/** Generates the file and says what to type before it is applied. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const { flags, args } = context;
  const { generateKubernetes } = await import("../../../compose/engines/containers/generate-kubernetes.ts");
  const config = await context.loadConfig();
  const made = await generateKubernetes(config, () => context.openWorkspace(), {
    names: args.units,
    image: flags.image,
    tier: flags.tier ?? "preload",
    out: flags.out,
    isOne: flags.one,
    pool: flags.pool,
  });
  const secrets = made.secrets.map(({ name, files }) => {
    const given = files.map((file) => `--from-file=${file.name}=${shellWord(file.from)}`);
    return `next: kubectl create secret generic ${name} ${given.join(" ")}`;
  });
  const file = flags.out === undefined ? [] : [join(flags.out, "slipway.yaml")];
  const steps = [...secrets, ...file.map((path) => `next: kubectl apply -f ${shellWord(path)}`)];
  return engineOutcome({ ...made, data: { units: made.units }, steps }, flags);
}
