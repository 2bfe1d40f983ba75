import { isExecutable } from "../../host-files/executable.ts";

/** The programs that the tier is built with, by full path. */
export interface Tools {
  readonly sh: string;
  readonly env: string;
  readonly unshare: string;
  readonly nsenter: string;
  readonly setpriv: string;
  readonly mount: string;
  readonly umount: string;
  readonly ip: string;
  /** Only for naming the ports that a bot tries in vain. */
  readonly ss: string | undefined;
  readonly stdbuf: string | undefined;
}

type Required = Exclude<keyof Tools, "ss" | "stdbuf">;

export type FoundTools =
  | { readonly kind: "found"; readonly tools: Tools }
  | { readonly kind: "missing"; readonly name: Required; readonly debianPackage: string };

const debianPackages: Readonly<Record<Required, string>> = {
  sh: "dash",
  env: "coreutils",
  unshare: "util-linux",
  nsenter: "util-linux",
  setpriv: "util-linux",
  mount: "mount",
  umount: "mount",
  ip: "iproute2",
};
// Not PATH: a user's often lacks sbin, and a bot's own could name other programs.
const folders = ["/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/local/sbin"];
// NixOS keeps its programs elsewhere.
const places = [...folders, "/run/current-system/sw/bin"];

/** Finds them all, or names the first that is missing with the Debian package that brings it. */
export function findTools(isThere: (file: string) => boolean = isExecutable): FoundTools {
  const find = (name: string) => places.map((folder) => `${folder}/${name}`).find(isThere);
  const found: Partial<Record<Required, string>> = {};
  for (const [name, debianPackage] of Object.entries(debianPackages) as [Required, string][]) {
    const file = find(name);
    if (file === undefined) return { kind: "missing", name, debianPackage };
    found[name] = file;
  }
  const tools = { ...(found as Record<Required, string>), ss: find("ss"), stdbuf: find("stdbuf") };
  return { kind: "found", tools };
}
