import { lstatSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { orNothing } from "../../host-files/read-if-there.ts";

/** What is covered in a bot's file view, and what stands in the place of other files. */
export interface Masks {
  /** Empty folders in place of these. */
  readonly folders: readonly { readonly path: string; readonly options: string }[];
  /** Nothing in place of these files and sockets. */
  readonly files: readonly string[];
  readonly replacements: readonly { readonly path: string; readonly by: string }[];
}

export interface MaskOptions {
  /** Folders and files of Slipway's own. */
  readonly hidden: readonly string[];
  /** Whom the bot runs as, and that user's home. */
  readonly uid: number;
  readonly home: string;
  /** Of the package, in place of the host's resolv.conf. */
  readonly replacements: { readonly resolvConf: string };
  /** The bot has folders of its own for temporary files, in which none of the host's sockets answers. */
  readonly ownTmp: boolean;
}

/** Daemons that answer over a socket in the file system, which a network of one's own does not cut: they would resolve names, or run programs, outside. */
const daemonPlaces = [
  "/run/nscd",
  "/var/run/nscd",
  "/run/systemd/resolve",
  "/run/systemd/private",
  "/run/systemd/notify",
  "/run/dbus",
  "/var/run/dbus",
  "/run/avahi-daemon",
  "/run/docker.sock",
  "/var/run/docker.sock",
  "/run/docker",
  "/run/containerd",
  "/run/podman",
  "/run/crio",
  "/run/cri-dockerd.sock",
  "/run/k3s",
  "/run/buildkit",
  "/run/libvirt",
  "/run/incus",
  "/var/lib/incus/unix.socket",
  "/var/lib/lxd/unix.socket",
  "/var/snap/lxd/common/lxd/unix.socket",
  "/run/snapd.socket",
  "/run/cups",
  "/run/screen",
];

// Where multiplexers and editors listen that know no /run/user.
const perUser = (uid: number) => ["tmux-", "zellij-", "emacs"].map((name) => `/tmp/${name}${uid}`);

/** Looks at what exists now; paths are followed to what they lead to, each is named once. */
export function findMasks({ hidden, uid, home, replacements, ownTmp }: MaskOptions): Masks {
  const small = "mode=755,size=64k,nosuid,nodev";
  const folders = new Map<string, string>();
  const files = new Set<string>();
  const cover = (place: string, options = small): void => {
    const path = follow(place);
    if (path === undefined) return;
    if (statSync(path).isDirectory()) folders.set(path, options);
    else files.add(path);
  };
  for (const place of [...daemonPlaces, ...(ownTmp ? [] : perUser(uid)), ...hidden]) cover(place);
  for (const name of ["rpc.sock", "pub.sock", "interactor.sock"]) cover(join(home, ".pm2", name));
  // Session bus, the user's systemd, containers and key rings; programs may keep small files of their own there.
  cover(`/run/user/${uid}`, `mode=700,size=16m,nosuid,nodev,uid=${uid}`);
  const isCovered = (path: string) => [...folders.keys()].some((folder) => path.startsWith(`${folder}/`));
  return {
    folders: [...folders].filter(([path]) => !isCovered(path)).map(([path, options]) => ({ path, options })),
    files: [...files].filter((path) => !isCovered(path)),
    replacements: [...replace("/etc/resolv.conf", replacements.resolvConf)],
  };
}

// A link into a masked folder (systemd-resolved's) leads to a file that is made there anew; without the file there is
// nothing to replace, and resolvers ask this host by themselves.
function replace(place: string, by: string): Masks["replacements"] {
  const path = follow(place);
  return path === undefined ? [] : [{ path, by }];
}

function follow(place: string): string | undefined {
  return orNothing(() => lstatSync(place) && realpathSync(place));
}
