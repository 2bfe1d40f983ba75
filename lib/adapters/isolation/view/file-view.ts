import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { namesIn, realPathOf, textIn } from "../../host-files/read-if-there.ts";
import type { UsedProfile } from "../browsers/used-profiles.ts";
import type { HostSettings } from "../host/host-settings.ts";
import type { HostUser } from "../host/run-as.ts";
import { findMasks, type Masks } from "./masks.ts";
import { findOwnTmp, type OwnTmp } from "./own-tmp.ts";

/** What a bot's file view has other than the host's. */
export interface FileView {
  readonly masks: Masks;
  /** Empty where the bot shares the host's. */
  readonly ownTmp: readonly OwnTmp[];
  readonly cards: CardFolders;
  readonly texts: readonly OwnFile[];
  /** Sockets that are reachable although their folder is covered, or the bot's own. */
  readonly shown: readonly string[];
  /** The profiles of browsers that the bot finds empty: no two browsers may work in one. */
  readonly unseenProfiles: readonly UsedProfile[];
}

/** What decides about a bot's file view. */
export interface ViewWishes {
  readonly runAs: HostUser | undefined;
  readonly cwd: string;
  readonly tmp: "own" | "shared";
  readonly botSocket: string | undefined;
  /** Sockets that the bot may reach, as the operator wrote their paths. */
  readonly localSockets: readonly string[];
  /** Profiles of browsers in which processes outside work. */
  readonly profiles: readonly UsedProfile[];
}

/** Looks at what exists on this host now. */
export function findFileView(host: HostSettings, wishes: ViewWishes): FileView {
  const { runAs, cwd, tmp, botSocket, localSockets, profiles } = wishes;
  const home = runAs?.home ?? host.home;
  const ownTmp = tmp === "own" ? findOwnTmp([cwd, home]) : [];
  const uid = runAs?.uid ?? host.uid;
  const unseenProfiles = profiles.filter(({ path }) => canBeCovered(path, [cwd, home], ownTmp));
  const found = findMasks({
    hidden: host.hidden,
    uid,
    home,
    replacements: host.replacements,
    ownTmp: ownTmp.length > 0,
  });
  const options = `mode=700,nosuid,nodev,uid=${uid}`;
  const masks = {
    ...found,
    folders: [...found.folders, ...unseenProfiles.map(({ path }) => ({ path, options }))],
  };
  const view = {
    masks,
    ownTmp,
    cards: findCardFolders(),
    texts: ownFiles(host.replacements.hosts, hostname()),
  };
  const hidden = localSockets
    .flatMap((path) => realPathOf(path) ?? [])
    .filter((path) => isUnseen(path, view));
  return { ...view, unseenProfiles, shown: [...(botSocket === undefined ? [] : [botSocket]), ...hidden] };
}

/** Whether a bot does not see this path as it is on the host. */
export function isUnseen(path: string, view: Pick<FileView, "masks" | "ownTmp">): boolean {
  const { folders, files } = view.masks;
  const unseen = [...folders.map((folder) => folder.path), ...files, ...view.ownTmp.map((tmp) => tmp.path)];
  const seen = view.ownTmp.flatMap(({ kept }) => kept);
  // The innermost place decides: a state folder in a working folder in /tmp is covered.
  return depthIn(path, unseen) > depthIn(path, seen);
}

// Not the folder in which the bot works; and in a /tmp of its own nothing of it reaches the other.
function canBeCovered(path: string, needed: readonly string[], ownTmp: readonly OwnTmp[]): boolean {
  const isAround = needed.some((place) => depthIn(place, [path]) > 0);
  return (
    !isAround &&
    depthIn(
      path,
      ownTmp.map((tmp) => tmp.path),
    ) <=
      depthIn(
        path,
        ownTmp.flatMap(({ kept }) => kept),
      )
  );
}

function depthIn(path: string, places: readonly string[]): number {
  const around = places.filter((place) => path === place || path.startsWith(`${place}/`));
  return Math.max(0, ...around.map((place) => place.length));
}

/** Where the kernel's device tree shows network cards. */
interface CardFolders {
  /** Shown anew, with the cards of the bot's own network. */
  readonly shown: readonly string[];
  /** Beside those: of devices in which the host's cards are. */
  readonly emptied: readonly string[];
}

const shown = ["/sys/class/net", "/sys/devices/virtual/net"];

/** Looks at the cards that the host has now. */
function findCardFolders(): CardFolders {
  const places = shown.filter((place) => existsSync(place));
  const cards = namesIn("/sys/class/net").flatMap((name) => realPathOf(`/sys/class/net/${name}`) ?? []);
  const devices = new Set(cards.map((card) => dirname(card)));
  return { shown: places, emptied: [...devices].filter((folder) => !shown.includes(folder)) };
}

/** A text that stands in the bot's view for a file of the host's. */
interface OwnFile {
  readonly path: string;
  readonly text: string;
}

/** The texts of a bot's own: its hosts file from the package's, and the host's nsswitch.conf without what would ask a daemon for names. */
function ownFiles(hostsFile: string, hostName: string): readonly OwnFile[] {
  const hosts = textIn(hostsFile);
  const switches = textIn("/etc/nsswitch.conf");
  return [
    ...(hosts === undefined || textIn("/etc/hosts") === undefined
      ? []
      : [{ path: "/etc/hosts", text: withOwnName(hosts, hostName) }]),
    ...(switches === undefined ? [] : [{ path: "/etc/nsswitch.conf", text: askingOnlyDns(switches) }]),
  ];
}

/** The hosts file with a line for the host itself, which Java looks up to learn its own address. */
export function withOwnName(hosts: string, hostName: string): string {
  const [short = ""] = hostName.split(".");
  const names = short === hostName || short === "" ? hostName : `${hostName} ${short}`;
  return hostName === "localhost" || hostName === "" ? hosts : `${hosts.trimEnd()}\n127.0.0.1 ${names}\n`;
}

/**
 * The switch file with names looked up in files and by DNS alone: any other service (winbind, sss, ldap, mdns, resolve,
 * libvirt) asks a daemon outside over a socket in the file system. Users and groups stay as they are.
 */
export function askingOnlyDns(switches: string): string {
  const kept = switches.split("\n").filter((line) => !/^\s*hosts\s*:/i.test(line));
  return `${kept.join("\n").trimEnd()}\nhosts: files dns\n`;
}
