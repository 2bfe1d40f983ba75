import { expect, test } from "vitest";
import { otherPlaces } from "../../../../../lib/adapters/isolation/sockets/other-places.ts";

const elsewhere = otherPlaces(`22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
23 22 0:5 / /proc rw - proc proc rw
24 22 0:24 / /run rw - tmpfs tmpfs rw
25 22 254:0 /data/home /home rw - ext4 /dev/vda rw
26 22 254:0 /data/home/a/one\\040socket /srv/one rw - ext4 /dev/vda rw
27 22 0:30 /@home /mnt/home rw - btrfs /dev/vdb rw
28 22 0:30 / /mnt/all rw - btrfs /dev/vdb rw
29 24 0:24 /user /run/user/1 rw - tmpfs tmpfs rw
`);

test.each([
  ["/home/a/x", ["/data/home/a/x"]],
  ["/data/home/a/x", ["/home/a/x"]],
  ["/home/a/one socket", ["/data/home/a/one socket", "/srv/one"]],
  ["/srv/one", ["/data/home/a/one socket", "/home/a/one socket"]],
  ["/mnt/home/x", ["/mnt/all/@home/x"]],
  ["/run/user/1/x", ["/run/user/x"]],
  ["/run/x", []],
  ["/etc/x", []],
  ["/data/homely/x", []],
])("what lies at %s is seen at %j too", (path, places) => {
  expect(elsewhere(path)).toEqual(places);
});
