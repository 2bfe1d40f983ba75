import type { LeakLab, TargetPorts } from "../lab/site/leak-lab.ts";
import { type LeakClient, type LeakPrograms, leakVariables } from "./leak-client.ts";

/** The whole command of a client, its program first. */
export interface ClientCommand {
  readonly words: readonly string[];
}

/** The command that runs a client here, or what is missing for it. */
export function commandOf(
  { program, words, library }: LeakClient,
  { node, pythons }: LeakPrograms,
): ClientCommand | { readonly missing: string } {
  if (program === "other") return { words };
  if (program === "shell") return { words: ["/bin/sh", ...words] };
  if (program === "node") return { words: [node, ...words] };
  const python = pythons.find(({ libraries }) => library === undefined || libraries.includes(library));
  if (python !== undefined) return { words: [python.file, ...words] };
  return { missing: pythons.length === 0 ? "no python3 here" : `${library} is not installed` };
}

/** What a client finds in its environment: where the target is, whom to trust, and its own variables beneath. */
export function clientEnvironment(
  { lab, programs, cwd }: { readonly lab: LeakLab; readonly programs: LeakPrograms; readonly cwd: string },
  { name, inherited, env }: LeakClient,
  host: string,
): Record<string, string> {
  const { target, targetIpv6 = "", dnsServer, ports } = lab.addresses;
  // A command of the operator's keeps the places that it was given.
  const places = inherited !== undefined ? {} : { PATH: programs.searchPath, HOME: cwd };
  return {
    ...places,
    ...env,
    [leakVariables.tag]: name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .slice(0, 60),
    [leakVariables.host]: host,
    [leakVariables.ipv4]: target,
    [leakVariables.ipv6]: targetIpv6,
    [leakVariables.dns]: dnsServer,
    ...portVariables(ports),
    ...trust(lab.caFile),
  };
}

function portVariables(ports: TargetPorts): Record<string, string> {
  const names = Object.keys(ports) as (keyof TargetPorts)[];
  return Object.fromEntries(names.map((name) => [leakVariables[name], String(ports[name])]));
}

function trust(caFile: string | undefined): Record<string, string> {
  if (caFile === undefined) return {};
  return {
    NODE_EXTRA_CA_CERTS: caFile,
    SSL_CERT_FILE: caFile,
    REQUESTS_CA_BUNDLE: caFile,
    CURL_CA_BUNDLE: caFile,
  };
}
