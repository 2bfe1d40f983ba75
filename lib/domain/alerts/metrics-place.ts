/** Where figures can be asked for: this host alone may. */
export type MetricsPlace =
  | { readonly kind: "port"; readonly host: string; readonly port: number }
  | { readonly kind: "socket"; readonly path: string };

/** Reads "127.0.0.1:9464", "[::1]:9464", "localhost:9464" or "unix:/path"; undefined when it is none of them. */
export function parseMetricsPlace(text: string): MetricsPlace | undefined {
  const socket = /^unix:(\/.{1,100})$/.exec(text)?.[1];
  if (socket !== undefined) return { kind: "socket", path: socket };
  const [, host, digits] = /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (host === undefined || !(port >= 1 && port <= 65_535)) return undefined;
  return { kind: "port", host: host.replace(/[[\]]/g, ""), port };
}

/** As launch.yaml says it. */
export function writeMetricsPlace(place: MetricsPlace): string {
  if (place.kind === "socket") return `unix:${place.path}`;
  return place.host.includes(":") ? `[${place.host}]:${place.port}` : `${place.host}:${place.port}`;
}
