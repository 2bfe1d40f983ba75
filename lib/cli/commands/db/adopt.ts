import type { CommandUsage, Context, Outcome } from "../../command.ts";

export const usage = {
  details:
    "Reads network_proxies and account_proxy_assignments, compares the counts and does not change the originals. Credentials stay sealed with the old key: add that key to the key file, then run `launch keys rotate`.",
  examples: ["launch db adopt --from-schema public"],
  flags: {
    "from-schema": { kind: "text", value: "schema", help: "The schema that holds the tables (public)." },
  },
} as const satisfies CommandUsage;

/** Copies the tables. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const { database } = await context.openWorkspace();
  const report = await database.adopt(context.flags["from-schema"] ?? "public");
  const words = Object.entries(report).map(([what, { found, added }]) => `${added} of ${found} ${what}`);
  return { data: { version: 1, ...report }, notes: [`Copied ${words.join(", ")}. Next: launch keys rotate`] };
}
