import { ConfigError } from "../errors.ts";

/** Throws on a platform where no promise can be kept; Linux is the product, macOS best effort. */
export function refuseUnsupportedPlatform(platform: string): void {
  if (platform === "linux" || platform === "darwin") return;
  const name = platform === "win32" ? "Windows" : platform;
  throw new ConfigError("LAUNCH_PLATFORM_UNSUPPORTED", `Slipway does not run on ${name}.`, {
    hint: platform === "win32" ? "Run it inside WSL 2 or on a Linux machine." : "Run it on a Linux machine.",
  });
}
