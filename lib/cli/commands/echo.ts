import { UsageError } from "../../errors.ts";
import type { CommandUsage, Context, Outcome } from "../command.ts";

export const usage = {
  details:
    "Runs your own witness. Start it on a machine outside and add its URL to network.witnesses; then launchers ask it when they prove an exit. It answers `/`, `/json` and `/ip`, ignores headers, and ends with Ctrl-C.",
  examples: ["launch echo --host 0.0.0.0 --port 8080"],
  flags: {
    host: { kind: "text", value: "address", help: "The address to listen on; 127.0.0.1 by default." },
    port: {
      kind: "count",
      value: "port",
      help: "The port to listen on; 8080 by default, 0 chooses a free one.",
    },
  },
} as const satisfies CommandUsage;

/** Serves until it is asked to stop. */
export async function run({ flags, io }: Context<typeof usage>): Promise<Outcome> {
  const { host = "127.0.0.1", port = 8080 } = flags;
  if (port > 65_535) throw new UsageError("LAUNCH_INVALID_VALUE", `${port} is not a port.`);
  const { serveEcho } = await import("../../compose/serve-echo.ts");
  await serveEcho({ host, port }, io.signals.graceful, (url) => io.note(`echo: answering on ${url}`));
  return {};
}
