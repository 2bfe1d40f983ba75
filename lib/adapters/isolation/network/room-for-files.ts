import { closeSync, openSync } from "node:fs";
import { hostLimit } from "../../../domain/host-limit.ts";

/** What Node opens for a moment to start a process with four streams. */
const ofStart = 10;
/** The network's own: user, net and mnt. */
const ofNamespaces = 3;

/**
 * Throws LaunchError LAUNCH_HOST_LIMIT unless this process may open what a network takes. A socket that finds no room when it is
 * handed over is lost without an error on either side, and the set-up would wait for it until its time is over.
 */
export function requireRoomForFiles(sockets: number): void {
  const opened: number[] = [];
  try {
    while (opened.length < ofStart + ofNamespaces + sockets) opened.push(openSync("/dev/null", "r"));
  } catch (error) {
    throw hostLimit(error) ?? error;
  } finally {
    for (const descriptor of opened) closeSync(descriptor);
  }
}
