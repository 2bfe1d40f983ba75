import pg from "pg";

/** Removes our schema with everything in it, or keeps it under a name that nobody uses: "launch_before_20261129T143000". */
export async function setSchemaAside(
  connection: pg.ClientConfig,
  schema: string,
  how: "remove" | "keep",
  nowMs: number,
): Promise<void> {
  const client = new pg.Client({ connectionTimeoutMillis: 5_000, ...connection });
  client.on("error", () => undefined);
  await client.connect();
  try {
    const name = pg.escapeIdentifier(schema);
    const stamp = new Date(nowMs).toISOString().replaceAll(/[-:]|\.\d+Z/g, "");
    const kept = pg.escapeIdentifier(`${schema}_before_${stamp}`);
    await client.query(
      how === "remove" ? `drop schema ${name} cascade` : `alter schema ${name} rename to ${kept}`,
    );
  } finally {
    await client.end().catch(() => undefined);
  }
}
