import { basename, dirname } from "node:path";
import type { Masks } from "../host/masks.ts";
import type { Tools } from "../host/tools.ts";

export interface SetupOptions {
  readonly tools: Tools;
  readonly masks: Masks;
  /** Stays reachable although a mask may lie over its folder; undefined where there is none. */
  readonly botSocket: string | undefined;
  /** Run last, with the network ready: words of a command. */
  readonly inside: readonly string[];
}

/** What a step that fails writes before its name, so that the refusal can tell which it was. */
export const stepMark = "launch-step:";

/**
 * The shell text that readies a new network and file view, in the order in which one thing needs another: the way back to
 * this host for every address, then what is covered, then the files that replace the host's, then the inside process.
 */
export function setupScript({ tools, masks, botSocket, inside }: SetupOptions): string {
  const mount = quote(tools.mount);
  return [
    "umask 022",
    `fail() { echo "${stepMark} $1" >&2; exit 90; }`,
    // Every IPv4 address is this host's own. No source is named: answers to a query must come from the address asked.
    `printf 'link set lo up\\nroute add local 0.0.0.0/0 dev lo\\n' | ${quote(tools.ip)} -batch - || fail network`,
    // A host without IPv6 refuses this, and has no way out over IPv6 either: the self-test judges.
    `${quote(tools.ip)} -6 route add local ::/0 dev lo 2>/dev/null`,
    ...(botSocket === undefined ? [] : [`exec 4<${quote(dirname(botSocket))}`]),
    ...masks.folders.map(
      ({ path, options }) => `${mount} -t tmpfs -o ${options} launch ${quote(path)} || ${fail("mask", path)}`,
    ),
    ...masks.files.map((path) => `${mount} --bind /dev/null ${quote(path)} || ${fail("mask", path)}`),
    ...masks.replacements.flatMap(({ path, by }) => [
      `[ -e ${quote(path)} ] || { mkdir -p ${quote(dirname(path))} && : >${quote(path)}; }`,
      `${mount} --bind ${quote(by)} ${quote(path)} || ${fail("replace", path)}`,
    ]),
    ...(botSocket === undefined ? [] : showSocket(botSocket, mount)),
    `exec ${inside.map(quote).join(" ")}`,
  ].join("\n");
}

// The folder was opened before the mask: through the descriptor the socket is still there. mount must not resolve that
// path itself, it would end up under the mask. Mounted even where no mask lies over it: by the run id in its name the
// processes of the run are found that have dropped their environment.
function showSocket(botSocket: string, mount: string): readonly string[] {
  const place = quote(botSocket);
  const source = quote(`/proc/self/fd/4/${basename(botSocket)}`);
  return [
    `[ -S ${place} ] || { mkdir -p ${quote(dirname(botSocket))} && : >${place}; }`,
    `${mount} --no-canonicalize --bind ${source} ${place} || ${fail("uncover", botSocket)}`,
    "exec 4<&-",
  ];
}

function fail(step: string, path: string): string {
  return `fail ${quote(`${step} ${path}`)}`;
}

/** One word for the shell, whatever is in it. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
