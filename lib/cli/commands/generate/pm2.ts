import type { CommandUsage, Context, Outcome } from "../../command.ts";

/** What help says of the command, and what it takes. */
export const usage = {
  details:
    "Each entry runs `launch bot` or `launch collector` by name. The file gets mode 0600 and contains no secret and nothing from your shell. Without names it contains all bots and collectors of launch.yaml. If only your shell's environment names the database, pm2 does not know it: write it into .env or launch.yaml.",
  examples: ["launch generate pm2 --out ecosystem.config.cjs", "launch generate pm2 alice bob"],
  operands: [{ name: "accounts", help: "Bots and collectors of launch.yaml.", arity: "many" }],
  flags: {
    out: { kind: "text", value: "file", help: "The file to write; without it, the text goes to stdout." },
  },
} as const satisfies CommandUsage;

/** Generates the file and says how to start it. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const { generatePm2 } = await import("../../../compose/generate-pm2.ts");
  const config = await context.loadConfig();
  const { file, text, units } = await generatePm2(config, context.args.accounts, context.flags.out);
  const notes = [];
  const databaseSource = config.settings.find(({ name }) => name === "database")?.source;
  if (config.database.kind === "server" && config.database.variable === databaseSource)
    notes.push(`warning: under pm2 ${databaseSource} is not set: write it into .env beside launch.yaml.`);
  if (file !== undefined) notes.push(`next: pm2 start ${file}`);
  return {
    data: { version: 1, file, units: units.map(({ kind, name }) => ({ kind, name })), text },
    ...(file === undefined ? { text: () => text.trimEnd() } : {}),
    notes,
  };
}
