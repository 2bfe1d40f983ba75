import { userInfo } from "node:os";

/** Whoever runs this command, as events and endings name him. */
export function actor(): string {
  return `user:${userName()}`;
}

// A uid without a passwd entry is common in containers.
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? "unknown");
  }
}
