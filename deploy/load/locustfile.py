"""Chat traffic as people make it, for Locust: see README.md beside this file."""

import json
import math
import os
import random
import time
from collections import Counter

from locust import HttpUser, LoadTestShape, between, events, task

MODEL = os.environ.get("MODEL", "deepseek-flash")
KEY = os.environ.get("TIDEOVER_KEY", "")
RAMP_SECONDS = int(os.environ.get("RAMP", "120"))
PLATEAU_SECONDS = int(os.environ.get("PLATEAU", "480"))
# More failures than this fail the run.
MOST_FAILED = 0.01
# The median and the spread of what people write, in words, and of what they may get, in tokens.
ASKED_WORDS, ANSWERED_TOKENS, SPREAD = 120, 256, 0.8
# The longest conversation: its history is sent along with every turn.
MOST_TURNS = 6
WORDS = "the lamp of this shop is bright and small but how would it look on a desk beside a window in winter".split()
POPULAR = [f"What is the return policy for goods of group {number}?" for number in range(20)]

# Which rungs answered, and how many answers were degraded: of all users of this process.
rungs = Counter()


def length(median, most):
    """A length drawn from a log-normal distribution, at least 1."""
    return max(1, min(most, round(random.lognormvariate(math.log(median), SPREAD))))


def text(words):
    """So many words that no other request has in this order."""
    return " ".join(random.choices(WORDS, k=words))


class Ramp(LoadTestShape):
    """From one user to `--users` in RAMP seconds, then as many for PLATEAU seconds."""

    # Else Locust hides --users from a shape.
    use_common_options = True

    def tick(self):
        elapsed, most = self.get_run_time(), self.runner.environment.parsed_options.num_users or 100
        if elapsed > RAMP_SECONDS + PLATEAU_SECONDS:
            return None
        users = most if elapsed >= RAMP_SECONDS else max(1, round(most * elapsed / max(1, RAMP_SECONDS)))
        return users, max(1.0, most / max(1, RAMP_SECONDS))


class Chatter(HttpUser):
    """One person, or one program, that asks."""

    # Reading and writing take longer than the answer.
    wait_time = between(2, 8)

    def on_start(self):
        if KEY:
            self.client.headers["authorization"] = f"Bearer {KEY}"
        self.messages = []

    def body(self, messages, **more):
        return {"model": MODEL, "messages": messages, "max_tokens": length(ANSWERED_TOKENS, 2048), **more}

    @task(70)
    def turn(self):
        """A turn of a conversation, read to its end."""
        if len(self.messages) >= 2 * MOST_TURNS or random.random() < 0.2:
            self.messages = []
        self.messages.append({"role": "user", "content": text(length(ASKED_WORDS, 2000))})
        answer = self.stream("chat, streamed", self.messages)
        # Who got nothing begins anew.
        self.messages = [*self.messages, {"role": "assistant", "content": answer}] if answer else []

    @task(5)
    def leave(self):
        """A stream that its reader leaves."""
        self.stream("chat, left", [{"role": "user", "content": text(length(ASKED_WORDS, 2000))}], leave_after=10)

    @task(15)
    def question(self):
        """One short question, answered in one document."""
        self.whole("chat, whole", self.body([{"role": "user", "content": text(40)}], max_tokens=64))

    @task(8)
    def popular(self):
        """What many ask alike; the first of twenty is asked most."""
        chosen = min(int(random.paretovariate(1)) - 1, len(POPULAR) - 1)
        self.whole("chat, popular", self.body([{"role": "user", "content": POPULAR[chosen]}], temperature=0, max_tokens=128))

    @task(2)
    def ticket(self):
        """A request that can wait."""
        body = self.body([{"role": "user", "content": text(60)}])
        self.whole("chat, ticket", body, headers={"prefer": "respond-async"}, good=(200, 202))

    def whole(self, name, body, headers=None, good=(200,)):
        with self.client.post("/v1/chat/completions", json=body, headers=headers, name=name, catch_response=True) as got:
            if got.status_code not in good:
                got.failure(f"{got.status_code}: {error_code(got.content)}")
                return
            count_rung(got.headers)

    def stream(self, name, messages, leave_after=None):
        """Reads a stream as a client does. Returns the answer's text; empty when there was none."""
        body = self.body(messages, stream=True)
        began, first, pieces, events_seen, done, error = time.perf_counter(), None, [], 0, False, None
        with self.client.post("/v1/chat/completions", json=body, name=name, stream=True, catch_response=True) as got:
            if got.status_code != 200:
                got.failure(f"{got.status_code}: {error_code(got.content)}")
                return ""
            count_rung(got.headers)
            for line in got.iter_lines():
                if not line.startswith(b"data:"):
                    continue
                data = line[5:].strip()
                if data == b"[DONE]":
                    done = True
                    break
                event = json.loads(data)
                if "error" in event:
                    error = event["error"].get("code", "error")
                    break
                delta = (event.get("choices") or [{}])[0].get("delta") or {}
                piece = delta.get("content") or ""
                if first is None and (piece or delta.get("reasoning_content") or delta.get("tool_calls")):
                    first = time.perf_counter()
                    report_first(self.environment, name, (first - began) * 1000)
                pieces.append(piece)
                events_seen += 1
                if leave_after is not None and events_seen >= leave_after:
                    got.success()
                    return "".join(pieces)
            # A cut that the gateway says is honest, and a failure still; one that looks like an end is the worst there is.
            if error is not None:
                got.failure(f"error in the stream: {error}")
            elif not done:
                got.failure("cut: the stream ended without [DONE] and without an error")
            else:
                got.success()
            # What requests has as the time of a stream is that of its head.
            got.request_meta["response_time"] = (time.perf_counter() - began) * 1000
        return "".join(pieces) if done else ""


def report_first(environment, name, milliseconds):
    environment.events.request.fire(
        request_type="TTFT", name=name, response_time=milliseconds, response_length=0, exception=None, context={}
    )


def count_rung(headers):
    rungs[headers.get("tideover-rung", "none")] += 1
    if headers.get("tideover-degraded") == "?1":
        rungs["degraded"] += 1


def error_code(content):
    try:
        return json.loads(content)["error"]["code"]
    except (ValueError, KeyError, TypeError):
        return "no error envelope"


@events.quitting.add_listener
def judge(environment, **_):
    """Says which rungs answered; fails the run for more failures than allowed, or for one stream cut unseen."""
    answered = sum(count for name, count in rungs.items() if name != "degraded")
    shares = ", ".join(f"{name} {count / max(1, answered):.1%}" for name, count in rungs.most_common())
    print(f"Rungs of {answered} answers: {shares}")
    cut = [error for error in environment.stats.errors.values() if "cut:" in str(error.error)]
    # First tokens are entries of their own, and none of them fails.
    asked = [entry for entry in environment.stats.entries.values() if entry.method == "POST"]
    failed = sum(entry.num_failures for entry in asked) / max(1, sum(entry.num_requests for entry in asked))
    if answered == 0 or cut or failed > MOST_FAILED:
        environment.process_exit_code = 1
