import { existsSync } from "node:fs";
import type { Notice } from "../../../ports/journal.ts";
import { type FileView, isUnseen } from "./file-view.ts";

/** What an operator would miss of a bot's file view, as sentences: browsers' profiles in use, and the display that its environment names. */
export function unseenNotices(
  view: FileView,
  env: Readonly<Record<string, string>>,
  unit: string | undefined,
): readonly Notice[] {
  const profiles = view.unseenProfiles.map(
    ({ path, pid }) => `the bot cannot see the browser profile ${path}, because process ${pid} uses it`,
  );
  const display = displaySocket(env["DISPLAY"] ?? "");
  const isHidden = display !== undefined && isUnseen(display, view) && !view.shown.includes(display);
  const displays =
    isHidden && existsSync(display)
      ? [`the bot cannot reach the display ${env["DISPLAY"]}: add unix:${display} under local if it needs it`]
      : [];
  return [...profiles, ...displays].map((text) => ({ level: "warning", unit, text }));
}

/** Where the X server of a display of this host listens. */
export function displaySocket(display: string): string | undefined {
  const [, number] = /^(?:unix)?:(\d+)(?:\.\d+)?$/.exec(display) ?? [];
  return number === undefined ? undefined : `/tmp/.X11-unix/X${number}`;
}
