"""A weather service that means harm: it ends in time, with a reason, and nothing of it is kept.

What an answer says is tested in test_weather.py. Here a server is rude on the wire: it resets,
drips, lies about lengths, sends without end, or points elsewhere. It speaks through a bare
socket, since no library would send such answers.
"""

import contextlib
import datetime
import os
import socket
import struct
import threading
import time
import tracemalloc
import warnings

import numpy as np
import pytest
import requests
from test_weather import TORONTO, WHOLE, bulk, geomet, made_up

from qrnnlib.series import eccc, weather
from qrnnlib.series.weather import SyntheticDataWarning, ontario_weather

#: What the library waits for one piece and in all, where a test is about waiting: so it is quick.
WAITS = 0.5, 1.5
#: What it waits elsewhere, and what a test waits: as long as a busy machine may take.
PATIENCE = 30.0
SIZE_LIMIT = 1_000_000

assert requests  # imported here, since on a busy machine that takes longer than WAITS

OK = b"HTTP/1.1 200 OK\r\n"
CSV = OK + b"Content-Type: text/csv\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
FOUND = b"HTTP/1.1 302 Found\r\n"
MEGABYTE = bytes(1_000_000)


def length_of(body):
    return b"Content-Length: %d\r\n\r\n" % len(body)


# How the server answers: each takes the connection, after the question was read -----------------


def say(*parts):
    return lambda connection: connection.sendall(b"".join(parts))


def flood(head, piece, pieces):
    """Send a gigabyte, or until the client has gone."""

    def answer(connection):
        connection.sendall(head)
        for _ in range(pieces):
            connection.sendall(piece)

    return answer


def drip(head, drop=b"x", pause=0.05):
    """Send a little now and then, each within the time-out for one wait, for ever."""

    def answer(connection):
        connection.sendall(head)
        while True:
            connection.sendall(drop)
            time.sleep(pause)

    return answer


def reset(head=b""):
    """Hang up without a good-bye."""

    def answer(connection):
        connection.sendall(head)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return answer


def hang(head=b""):
    """Say no more; the client's hanging up ends it."""

    def answer(connection):
        connection.sendall(head)
        while connection.recv(4096):
            pass

    return answer


def elsewhere(place, body=b""):
    return say(FOUND, b"Location: ", place, b"\r\n", length_of(body), body)


PAGE = b"<!DOCTYPE html><html><body>Sorry</body></html>"
ALMOST = geomet({day: "-9999" if day == "2024-07-01" else t for day, t in made_up(2024).items()})
LONG_FLAG = geomet(made_up(2024), flags={"2024-05-05": "E" * 5000})
PACKED = b"Content-Encoding: gzip\r\n"

#: Name: (how it answers, words of the reason).
HOSTILE = {
    "status 500, a page": (say(b"HTTP/1.1 500 No\r\n", length_of(PAGE), PAGE), "HTTP status 500"),
    "status 500, a gigabyte": (flood(b"HTTP/1.1 500 No\r\n\r\n", MEGABYTE, 1000), "status 500"),
    "status 503, hanging": (hang(b"HTTP/1.1 503 No\r\n\r\n"), "HTTP status 503"),
    "no content": (say(b"HTTP/1.1 204 None\r\n\r\n"), "it is empty|not a header of daily data: ''"),
    "other protocol": (say(b"HTTP/1.1 101 Other\r\n\r\n"), "it is empty|not a header of daily"),
    "nothing": (say(), "ConnectionError, Remote end closed connection"),
    "reset at once": (reset(), "ConnectionError, Connection reset by peer"),
    "reset in the head": (reset(OK), "ConnectionError, Connection reset by peer"),
    "reset in the body": (
        reset(CSV + length_of(WHOLE) + WHOLE[:9000]),
        "Error, (Connection reset by peer|IncompleteRead)",
    ),
    "cut, of right length": (
        say(CSV, length_of(WHOLE), WHOLE[:9000]),
        r"ChunkedEncodingError, IncompleteRead\(9000 bytes read",
    ),
    "cut, of length unknown": (say(CSV, b"\r\n", WHOLE[:9000]), "must have 6 fields|are missing"),
    "cut in a chunk": (say(CSV, CHUNKED, b"ffff\r\n", WHOLE[:9000]), "IncompleteRead"),
    "longer than was said": (
        say(CSV, length_of(WHOLE[:-500]), WHOLE),
        "must have 6 fields|are missing",
    ),
    "two lengths": (
        say(CSV, b"Content-Length: 7\r\n", length_of(WHOLE), WHOLE),
        "InvalidHeader, Content-Length contained multiple",
    ),
    "length beyond all bounds": (
        say(CSV, b"Content-Length: ", b"9" * 30, b"\r\n\r\n", WHOLE),
        "IncompleteRead",
    ),
    "chunk of no length": (say(CSV, CHUNKED, b"zz\r\n", WHOLE), "InvalidChunkLength"),
    "chunk of negative length": (say(CSV, CHUNKED, b"-5\r\n", WHOLE), "the answer was refused"),
    "chunk beyond all bounds": (say(CSV, CHUNKED, b"f" * 40, b"\r\n", WHOLE), "IncompleteRead"),
    "no HTTP": (say(b"\x00\xff\x1b[2J hello\r\n"), r"ConnectionError, \\x00ÿ\\x1b\[2J hello"),
    "no status": (say(b"HTTP/1.1 OK 200\r\n\r\n"), "ConnectionError, "),
    "endless head": (flood(OK, b"X: y\r\n", 10_000), "more than 100 headers"),
    "endless line of head": (flood(OK + b"X: ", MEGABYTE, 10), "when reading header line"),
    "endless line of a chunk": (flood(CSV + CHUNKED + b"5;", MEGABYTE, 1000), "Error"),
    "a gigabyte": (
        flood(CSV + b"Content-Length: 1000000000\r\n\r\n", MEGABYTE, 1000),
        "must have at most 1000000 bytes, got more",
    ),
    "a gigabyte of unknown length": (
        flood(CSV + b"\r\n", MEGABYTE, 1000),
        "must have at most 1000000 bytes, got more",
    ),
    "a gigabyte in chunks": (
        flood(CSV + CHUNKED, b"f4240\r\n" + MEGABYTE + b"\r\n", 1000),
        "must have at most 1000000 bytes, got more",
    ),
    "packed": (
        say(CSV, PACKED, length_of(b"abc"), b"abc"),
        "must not be compressed, got Content-Encoding 'gzip'",
    ),
    "dripping head": (drip(OK + b"X: "), "TimeoutError, no complete answer within 1.5 s"),
    "dripping heads": (drip(b"", b"HTTP/1.1 100 Go on\r\n\r\n"), "no complete answer within 1.5 s"),
    "dripping body": (drip(CSV + b"\r\n"), "TimeoutError, no complete answer within 1.5 s"),
    "dripping chunks": (drip(CSV + CHUNKED, b"1\r\nx\r\n"), "no complete answer within 1.5 s"),
    "hanging at once": (hang(), "ReadTimeout, timed out|no complete answer"),
    "hanging in the head": (hang(OK), "ReadTimeout, timed out|no complete answer"),
    "hanging in the body": (
        hang(CSV + length_of(WHOLE) + WHOLE[:9000]),
        "ConnectionError, timed out|no complete answer",
    ),
    "redirect to a page": (elsewhere(b"/page"), "it is a web page, not CSV"),
    "redirect to itself": (elsewhere(b"/geomet"), "TooManyRedirects"),
    "redirect with a gigabyte": (
        flood(FOUND + b"Location: /page\r\n\r\n", MEGABYTE, 1000),
        "it is a web page, not CSV",
    ),
    "redirect that drips": (drip(FOUND + b"Location: /page\r\n\r\n"), "it is a web page, not CSV"),
    "redirect to nowhere": (elsewhere(b"http://127.0.0.1:9/"), "ConnectionError, Connection ref"),
    "redirect to a file": (elsewhere(b"file:///etc/passwd"), "InvalidSchema"),
    "redirect to no address": (elsewhere(b"http://[::1"), "Invalid IPv6 URL"),
    "redirect to no port": (elsewhere(b"http://127.0.0.1:99999/"), "InvalidURL, Port out of range"),
    "redirect to no text": (elsewhere(b"http://\xff\xfe/"), "can't decode byte"),
    "a picture": (
        say(OK, b"Content-Type: image/png\r\n", length_of(b"\x89PNG"), b"\x89PNG"),
        "UTF-8",
    ),
    "a page": (say(CSV, length_of(PAGE), PAGE), "it is a web page, not CSV"),
    "a number for none": (
        say(CSV, length_of(ALMOST), ALMOST),
        r"mean must lie in \[-90, 60\] °C, got -9999 on 2024-07-01",
    ),
    "no flag": (
        say(CSV, length_of(LONG_FLAG), LONG_FLAG),
        "flags must be a letter or two, got 'EEE",
    ),
}


class Server:
    """Answers every question in the way of the path's first word."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.answers = {"page": say(OK, b"Content-Type: text/html\r\n", length_of(PAGE), PAGE)}
        self.open = set()
        self.threads = [threading.Thread(target=self.listen)]
        self.threads[0].start()

    def listen(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.socket.accept()
                self.open.add(connection)
                self.threads.append(threading.Thread(target=self.talk, args=(connection,)))
                self.threads[-1].start()

    def talk(self, connection):
        with connection, contextlib.suppress(OSError):
            asked = connection.recv(65536).split(b"?")[0].split(b" ")
            word = asked[1].strip(b"/").decode() if len(asked) > 1 else ""
            self.answers.get(word, self.answers["page"])(connection)

    def close(self):
        """Hang up on everyone, and wait until all is over."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.threads[0].join(PATIENCE)
        for connection in self.open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join(PATIENCE)
            assert not thread.is_alive()
        for thread in threading.enumerate():
            if thread.name == "qrnnlib download":
                thread.join(PATIENCE)
                assert not thread.is_alive()


@pytest.fixture
def server(monkeypatch, tmp_path):
    for variable in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.delenv(weather.FOLDER_VARIABLE, raising=False)
    monkeypatch.setattr(weather, "_cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(eccc, "TIME_OUT", (PATIENCE, PATIENCE))
    monkeypatch.setattr(eccc, "TIME_IN_ALL", PATIENCE)
    monkeypatch.setattr(eccc, "SIZE_LIMIT", SIZE_LIMIT)
    monkeypatch.setattr(eccc, "today", lambda: datetime.date(2025, 6, 9))
    with contextlib.closing(Server()) as server:
        monkeypatch.setattr(eccc, "GEOMET_URL", f"{server.address}/geomet")
        monkeypatch.setattr(eccc, "BULK_URL", f"{server.address}/bulk")
        yield server


@pytest.fixture
def waits(server, request, monkeypatch):
    """Wait for a short time only, where the server named by the test is slow."""
    if request.getfixturevalue("name").startswith(("dripping", "hanging")):
        monkeypatch.setattr(eccc, "TIME_OUT", (WAITS[0], WAITS[0]))
        monkeypatch.setattr(eccc, "TIME_IN_ALL", WAITS[1])


def in_cache(tmp_path):
    return sorted(file.name for file in (tmp_path / "cache").glob("*"))


@pytest.mark.usefixtures("waits")
@pytest.mark.parametrize("name", HOSTILE)
def test_it_ends_in_time_with_a_reason_and_nothing_is_kept(server, tmp_path, name):
    answer, words = HOSTILE[name]
    server.answers |= {"geomet": answer, "bulk": answer}
    begun = time.monotonic()
    with pytest.warns(SyntheticDataWarning, match=rf"({words}).*; Historical.*({words})") as caught:
        assert ontario_weather().synthetic
    assert time.monotonic() - begun < PATIENCE
    message = str(caught[0].message)
    assert len(message) < 1000
    assert message.isprintable()
    assert in_cache(tmp_path) == []


@pytest.mark.usefixtures("waits")
@pytest.mark.parametrize("name", ["reset in the body", "a gigabyte", "dripping body", "a page"])
def test_the_other_service_is_asked(server, tmp_path, name):
    body = bulk(made_up(2024))
    server.answers |= {"geomet": HOSTILE[name][0], "bulk": say(CSV, length_of(body), body)}
    series = ontario_weather()
    assert series.attribution == eccc.BULK.attribution
    assert in_cache(tmp_path) == [eccc.BULK.file_of(TORONTO, 2024)]


@pytest.mark.usefixtures("waits")
@pytest.mark.parametrize("name", ["reset in the body", "a gigabyte", "dripping body", "a page"])
def test_what_is_in_the_cache_stays(server, tmp_path, name):
    """A running year is asked for again every day; what came before outlives a bad answer."""
    body = geomet({day: t for day, t in made_up(2025).items() if day < "2025-06-01"})
    file = tmp_path / "cache" / eccc.GEOMET.file_of(TORONTO, 2025)
    file.parent.mkdir()
    file.write_bytes(body)
    before = datetime.datetime(2025, 6, 2, 12).timestamp()
    os.utime(file, (before, before))
    server.answers |= dict.fromkeys(["geomet", "bulk"], HOSTILE[name][0])
    series = ontario_weather(years=2025)
    assert series.notes[0].startswith("2025 as of 2025-06-02, since there is nothing newer: MSC")
    assert series.index[-1] == np.datetime64("2025-05-31")
    assert file.read_bytes() == body
    assert in_cache(tmp_path) == [file.name]


@pytest.mark.parametrize(
    "name", ["a gigabyte", "redirect with a gigabyte", "status 500, a gigabyte"]
)
def test_a_gigabyte_is_cut_off_by_its_length_not_by_memory(server, name):
    server.answers |= dict.fromkeys(["geomet", "bulk"], HOSTILE[name][0])
    tracemalloc.start()
    try:
        with pytest.warns(SyntheticDataWarning):
            ontario_weather()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 10 * SIZE_LIMIT


def test_a_thread_that_was_left_alone_sees_that_its_time_is_over(server, monkeypatch):
    """A body that drips fast enough to be read on is not read on for nobody."""
    monkeypatch.setattr(eccc, "TIME_IN_ALL", WAITS[1])
    server.answers["geomet"] = drip(CSV + b"\r\n", bytes(4096))
    server.answers["bulk"] = say(CSV, length_of(PAGE), PAGE)
    with pytest.warns(SyntheticDataWarning, match="no complete answer"):
        ontario_weather()
    ended = time.monotonic() + PATIENCE
    while any(thread.name == "qrnnlib download" for thread in threading.enumerate()):
        assert time.monotonic() < ended
        time.sleep(0.05)


#: What is changed at random below: true answers, and some that are refused.
ANSWERS = [
    CSV + length_of(WHOLE) + WHOLE,
    CSV + b"\r\n" + WHOLE,
    CSV + CHUNKED + b"%x\r\n" % len(WHOLE) + WHOLE + b"\r\n0\r\n\r\n",
    FOUND + b"Location: /page\r\nSet-Cookie: a=b; Path=/\r\n" + length_of(PAGE) + PAGE,
    b"HTTP/1.1 500 No\r\nWWW-Authenticate: Basic\r\n" + length_of(PAGE) + PAGE,
]


def changed(answer, rng):
    """Change an answer, above all its head: flip, cut out, double or make up some bytes."""
    answer = bytearray(answer)
    for _ in range(rng.integers(1, 6)):
        end = len(answer) if rng.random() < 0.3 else min(len(answer), 160)
        begin = int(rng.integers(end + 1))
        stop = min(len(answer), begin + int(rng.integers(1, 9)))
        answer[begin:stop] = [
            bytes(byte ^ int(rng.integers(1, 256)) for byte in answer[begin:stop]),
            b"",
            answer[begin:stop] * int(rng.integers(2, 5)),
            rng.bytes(int(rng.integers(1, 9))),
            [b"\r\n", b"\r\n\r\n", b": ", b"\0", b"-1", b"9" * 25][rng.integers(6)],
        ][rng.integers(5)]
    return bytes(answer)


def check_changed(server, tmp_path, rng):
    """No error but a documented one, no temporary file, nothing in the cache that is not whole."""
    answer = changed(ANSWERS[rng.integers(len(ANSWERS))], rng)
    server.answers |= dict.fromkeys(["geomet", "bulk"], say(answer))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntheticDataWarning)
        series = ontario_weather()
    assert len(in_cache(tmp_path)) == (not series.synthetic)
    for name in in_cache(tmp_path):
        kept = tmp_path / "cache" / name
        assert kept.read_bytes() in answer or CHUNKED[:10] in answer
        again = ontario_weather()
        assert again.values.tobytes() == series.values.tobytes()
        kept.unlink()


def test_answers_that_were_changed_at_random(server, tmp_path):
    rng = np.random.default_rng(0)
    for _ in range(40):
        check_changed(server, tmp_path, rng)


@pytest.mark.soak
def test_many_answers_that_were_changed_at_random(server, tmp_path, count):
    rng = np.random.default_rng(1)
    for _ in range(2000):
        check_changed(server, tmp_path, rng)
        count("answers changed at random")


def test_an_odd_type_of_content_is_no_reason(server, tmp_path):
    """Services are careless with it; what counts is what the answer says."""
    head = OK + b"Content-Type: application/octet-stream; charset=nonsense\r\n"
    server.answers["geomet"] = say(head, length_of(WHOLE), WHOLE)
    assert not ontario_weather().synthetic
    assert (tmp_path / "cache" / in_cache(tmp_path)[0]).read_bytes() == WHOLE
