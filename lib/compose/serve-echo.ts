import { once } from "node:events";
import { startEchoServer } from "../adapters/exit-witness/echo-server.ts";
import { formatAuthority } from "../domain/proxy/proxy-endpoint.ts";

/** Answers callers with their address until the signal aborts; `onReady` gets the URL. */
export async function serveEcho(
  place: { readonly host: string; readonly port: number },
  signal: AbortSignal,
  onReady: (url: string) => void,
): Promise<void> {
  const server = await startEchoServer(place);
  onReady(`http://${formatAuthority(server.host, server.port)}/`);
  if (!signal.aborted) await once(signal, "abort");
  await server.close();
}
