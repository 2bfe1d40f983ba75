import { expect, test } from "vitest";
import {
  parseSocketStatistics,
  parseUnixTable,
} from "../../../../../lib/adapters/isolation/sockets/listed-sockets.ts";

const statistics = `
u_str LISTEN 0      511              /home/a/with space/so ck 74468            * 0    <-> ino:2188912 dev:0/65024 peers:
u_seq LISTEN 0      511                              rel.sock 74469            * 0    <-> ino:2188913 dev:0/65024 peers:
u_dgr UNCONN 0      0                     /run/systemd/notify 1589             * 0    <-> ino:22 dev:0/24 peers:
u_str LISTEN 0      511    @abstract@@@@@ 74471            * 0    <-> peers:
u_str LISTEN 0      511    @abstract-with-file 74472       * 0    <-> ino:7 dev:0/24 peers:
u_dgr UNCONN 0      0                                       * 15907            * 0    peers:
`;

test("ss names each socket with the number of its file, whatever its name has in it", () => {
  expect(parseSocketStatistics(statistics)).toEqual([
    { name: "/home/a/with space/so ck", inode: 2_188_912 },
    { name: "rel.sock", inode: 2_188_913 },
    { name: "/run/systemd/notify", inode: 22 },
  ]);
});

const table = `Num       RefCount Protocol Flags    Type St Inode Path
000000004418b271: 00000003 00000000 00000000 0001 03  1589
00000000c76c0e34: 00000003 00000000 00000000 0001 03 71439 /run/accepted
00000000e42eafbe: 00000002 00000000 00010000 0001 01 74470 /home/a/with space/so ck
00000000bd76e075: 00000002 00000000 00000000 0002 01 73947 /run/systemd/notify
00000000f4ccbef8: 00000002 00000000 00010000 0001 01 74471 @abstract
`;

test("the kernel's table names what listens or takes datagrams, and no accepted connection", () => {
  expect(parseUnixTable(table)).toEqual([
    { name: "/home/a/with space/so ck", inode: undefined },
    { name: "/run/systemd/notify", inode: undefined },
  ]);
});
