// A server of small answers, and of one big body.
import { once } from "node:events";
import { createServer } from "node:http";

const [{ bulkBytes }] = await once(process, "message");
const block = Buffer.alloc(Math.min(bulkBytes, 1_048_576));
const server = createServer((request, response) => {
  if (request.url !== "/bulk") return response.end("small answer");
  let left = bulkBytes;
  const more = () => {
    while (left > 0) {
      left -= block.length;
      if (!response.write(block)) return response.once("drain", more);
    }
    response.end();
  };
  more();
});
server.keepAliveTimeout = 600_000;
server.listen(0, "127.0.0.21", () => process.send(server.address().port));
