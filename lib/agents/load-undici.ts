import { ConfigError } from "../errors.ts";

/** The program's own undici; rejects with ConfigError when it has none. */
export async function loadUndici(): Promise<typeof import("undici")> {
  try {
    return await import("undici");
  } catch (cause) {
    throw new ConfigError("LAUNCH_PACKAGE_MISSING", "The package undici is not installed.", {
      cause,
      hint: "Run: npm install undici@7",
    });
  }
}
