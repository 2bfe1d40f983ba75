import { expect, test } from "vitest";
import {
  initArguments,
  serverSettings,
} from "../../../../lib/adapters/embedded-postgres/cluster/settings.ts";

test("no version listens on a network, gives up durability or logs statements", () => {
  for (const major of [14, 15, 16, 17, 18, 19]) {
    const lines = serverSettings(major).split("\n");
    expect(lines).toEqual(
      expect.arrayContaining([
        "listen_addresses = ''",
        "unix_socket_permissions = 0700",
        "fsync = on",
        "full_page_writes = on",
        "log_min_error_statement = panic",
      ]),
    );
    expect(initArguments(major, "postgres")).toContain("--data-checksums");
  }
});

test("a version is asked only for what it knows", () => {
  expect(serverSettings(17)).not.toContain("io_method");
  expect(serverSettings(18)).toContain("io_method = sync");
  expect(initArguments(16, "postgres").join(" ")).not.toContain("builtin");
  expect(initArguments(17, "postgres")).toContain("--builtin-locale=C.UTF-8");
});
