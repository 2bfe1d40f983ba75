import { existsSync, readdirSync, realpathSync } from "node:fs";
import { dirname } from "node:path";

/** Where the kernel's device tree shows network cards. */
export interface CardFolders {
  /** Shown anew, with the cards of the bot's own network. */
  readonly shown: readonly string[];
  /** Beside those: of devices in which the host's cards are. */
  readonly emptied: readonly string[];
}

const shown = ["/sys/class/net", "/sys/devices/virtual/net"];

/** Looks at the cards that the host has now. */
export function findCardFolders(): CardFolders {
  const places = shown.filter((place) => existsSync(place));
  const devices = new Set(namesIn("/sys/class/net").flatMap(deviceFolder));
  return { shown: places, emptied: [...devices].filter((folder) => !shown.includes(folder)) };
}

function deviceFolder(name: string): readonly string[] {
  try {
    return [dirname(realpathSync(`/sys/class/net/${name}`))];
  } catch {
    return [];
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
