"""Looks at the answers that HTTP and WebSocket clients get. Each is wrapped at one method that has stayed the same over many versions."""
from .answers import see
from .signing import any_signs, query_signs, signs


def _replace(owner, name, make):
    original = owner.__dict__.get(name) if owner is not None else None
    if original is None or hasattr(original, "_is_slipway"):
        return
    wrapper = make(original)
    for attribute in ("__module__", "__name__", "__qualname__", "__doc__"):
        setattr(wrapper, attribute, getattr(original, attribute, None))
    wrapper.__wrapped__ = original
    wrapper._is_slipway = True
    setattr(owner, name, wrapper)


def _http_client(module):
    # http.client, with requests and urllib3 above it.
    connection = module.HTTPConnection
    _replace(connection, "endheaders", _endheaders)
    _replace(connection, "getresponse", _getresponse)


def _endheaders(original):
    def endheaders(self, *args, **options):
        try:
            # The lines that are about to be sent: the request, then one for each header.
            lines = self._buffer
            host, is_signed = self.host, query_signs(lines[0].rpartition(b" ")[0])
            for line in lines[1:]:
                name, _, value = line.partition(b":")
                is_signed = is_signed or signs(name)
                if name in (b"Host", b"host"):
                    host = value
            self._slipway_asked = (host, is_signed)
        except Exception:
            pass
        return original(self, *args, **options)

    return endheaders


def _getresponse(original):
    def getresponse(self, *args, **options):
        response = original(self, *args, **options)
        try:
            host, is_signed = self._slipway_asked
            see(host, response.status, is_signed, response.headers.get)
        except Exception:
            pass
        return response

    return getresponse


def _aiohttp(module):
    _replace(module.ClientResponse, "start", _start)


def _start(original):
    async def start(self, *args, **options):
        result = await original(self, *args, **options)
        try:
            url = self.url
            is_signed = any_signs(self.request_info.headers) or query_signs("?" + url.raw_query_string)
            see(url.raw_host, self.status, is_signed, self.headers.get)
        except Exception:
            pass
        return result

    return start


def _httpcore(module):
    # httpx, and httpcore alone.
    _replace(getattr(module, "ConnectionPool", None), "handle_request", _handle_request)
    _replace(getattr(module, "AsyncConnectionPool", None), "handle_async_request", _handle_async_request)


def _handle_request(original):
    def handle_request(self, request, *args, **options):
        response = original(self, request, *args, **options)
        _see_httpcore(request, response)
        return response

    return handle_request


def _handle_async_request(original):
    async def handle_async_request(self, request, *args, **options):
        response = await original(self, request, *args, **options)
        _see_httpcore(request, response)
        return response

    return handle_async_request


def _see_httpcore(request, response):
    try:
        is_signed = any_signs(name for name, _ in request.headers) or query_signs(request.url.target)
        see(request.url.host, response.status, is_signed, _pairs(response.headers))
    except Exception:
        pass


def _pairs(headers):
    def get(wanted):
        wanted = wanted.encode()
        for name, value in headers:
            if name.lower() == wanted:
                return value
        return None

    return get


def _websockets(module):
    # ClientProtocol is below the newer clients, of threads and of asyncio; it was ClientConnection before version 11.
    for name in ("ClientProtocol", "ClientConnection"):
        protocol = getattr(module, name, None)
        _replace(protocol, "send_request", _send_request)
        _replace(protocol, "process_response", _process_response)
    _replace(getattr(module, "WebSocketClientProtocol", None), "read_http_response", _read_http_response)


def _send_request(original):
    def send_request(self, request, *args, **options):
        try:
            self._slipway_signed = any_signs(request.headers) or query_signs(request.path)
        except Exception:
            pass
        return original(self, request, *args, **options)

    return send_request


def _process_response(original):
    def process_response(self, response, *args, **options):
        try:
            # In older versions `wsuri` is what the client was made with, in newer ones too; only its place changed.
            uri = getattr(self, "wsuri", None) or self.uri
            see(uri.host, response.status_code, getattr(self, "_slipway_signed", False), _one(response.headers))
        except Exception:
            pass
        return original(self, response, *args, **options)

    return process_response


def _read_http_response(original):
    async def read_http_response(self, *args, **options):
        answer = await original(self, *args, **options)
        try:
            status, headers = answer
            is_signed = any_signs(self.request_headers) or query_signs(self.path)
            see(self.request_headers["Host"], status, is_signed, _one(headers))
        except Exception:
            pass
        return answer

    return read_http_response


def _one(headers):
    # `get` of these raises where a header came twice.
    return lambda name: (headers.get_all(name) or [None])[0]


def _websocket_client(module):
    _replace(module.WebSocket, "connect", _connect)


def _connect(original):
    def connect(self, url, *args, **options):
        try:
            result = original(self, url, *args, **options)
        except Exception as error:
            _see_refusal(url, options, error)
            raise
        _see_handshake(url, options, self)
        return result

    return connect


def _see_refusal(url, options, error):
    try:
        headers = error.resp_headers or {}
        see(_host_of(url), error.status_code, _is_signed(url, options), headers.get)
    except Exception:
        pass


def _see_handshake(url, options, socket):
    try:
        response = socket.handshake_response
        see(_host_of(url), response.status, _is_signed(url, options), response.headers.get)
    except Exception:
        pass


def _host_of(url):
    return url.partition("://")[2].partition("/")[0].partition("?")[0].rpartition("@")[2]


def _is_signed(url, options):
    header = options.get("header") or ()
    names = header if isinstance(header, dict) else [line.partition(":")[0] for line in header]
    return any_signs(names) or query_signs(url)


wrappers = {
    "http.client": _http_client,
    "aiohttp.client_reqrep": _aiohttp,
    "httpcore._sync.connection_pool": _httpcore,
    "httpcore._async.connection_pool": _httpcore,
    "websockets.client": _websockets,
    "websockets.legacy.client": _websockets,
    "websocket._core": _websocket_client,
}
