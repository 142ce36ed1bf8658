"""The runtime inside a function's process: fetches events from the Runtime API and calls the handler.

Run as a program with one argument, the file descriptor whose end of file means that the sandbox is gone. Uses nothing but the
standard library, because whatever it imports the function could import too.
Protocol: Lambda developer guide, "Using the Lambda runtime API".
"""

from __future__ import annotations

import http.client
import importlib
import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any

PATH = "/2018-06-01/runtime/"


def ask(method: str, path: str, body: bytes | None = None) -> tuple[http.client.HTTPMessage, bytes]:
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    connection.request(method, PATH + path, body)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.headers, content


def problem(error: BaseException, kind: str | None = None, message: str | None = None) -> bytes:
    trace = [line.rstrip("\n") for line in traceback.format_tb(error.__traceback__)]
    document = {"errorMessage": message or str(error), "errorType": kind or type(error).__name__, "stackTrace": trace}
    return json.dumps(document).encode()


class Context:
    """What a handler gets as its second argument."""

    def __init__(self, headers: http.client.HTTPMessage) -> None:
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = self.client_context = None
        self._deadline = int(headers["Lambda-Runtime-Deadline-Ms"])

    def get_remaining_time_in_millis(self) -> int:
        return max(0, self._deadline - int(time.time() * 1000))

    def log(self, message: str) -> None:
        sys.stdout.write(str(message))


def load_handler() -> Callable[[Any, Context], Any]:
    module_name, _, name = os.environ["_HANDLER"].rpartition(".")
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        fail_init(error, "Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}")
    except SyntaxError as error:
        fail_init(error, "Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}")
    except BaseException as error:
        fail_init(error)
    try:
        return getattr(module, name)
    except AttributeError as error:
        fail_init(error, "Runtime.HandlerNotFound", f"Handler '{name}' missing on module '{module_name}'")


def fail_init(error: BaseException, kind: str | None = None, message: str | None = None) -> None:
    traceback.print_exception(error)
    sys.stderr.flush()
    ask("POST", "init/error", problem(error, kind, message))
    os._exit(1)


def answer_one(handler: Callable[[Any, Context], Any]) -> None:
    headers, event = ask("GET", "invocation/next")
    path = f"invocation/{headers['Lambda-Runtime-Aws-Request-Id']}/"
    os.environ["_X_AMZN_TRACE_ID"] = headers["Lambda-Runtime-Trace-Id"]
    try:
        result = json.dumps(handler(json.loads(event), Context(headers)), ensure_ascii=False).encode()
    except SystemExit:
        os._exit(1)
    except BaseException as error:
        traceback.print_exc()
        sys.stderr.flush()
        ask("POST", path + "error", problem(error))
    else:
        sys.stdout.flush()
        ask("POST", path + "response", result)


def die_with_parent(descriptor: int) -> None:
    os.read(descriptor, 1)
    os._exit(1)


def main() -> None:
    threading.Thread(target=die_with_parent, args=(int(sys.argv[1]),), daemon=True).start()
    handler = load_handler()
    while True:
        answer_one(handler)


if __name__ == "__main__":
    main()
