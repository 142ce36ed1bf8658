"""Functions: what AWS refuses of a role, an environment, a zip, a policy statement, or a change that comes too early.

Sources: Lambda API reference and developer guide ("Function states", "Lambda quotas", "Lambda runtimes",
"Giving Lambda functions access to resources in a VPC"); aws-sdk-js#4408, apex/up#189 (the role's message).
"""

from __future__ import annotations

import base64
import binascii
import io
import json
import zipfile

from sandbox.aws import principals
from sandbox.aws.calls import Call, Desk, refuse
from sandbox.aws.functions.permissions import role_allows
from sandbox.aws.functions.service import function_of

RUNTIMES = ("python3.10", "python3.11", "python3.12", "python3.13", "python3.14")
MOST_UNZIPPED_BYTES = 262144000
MOST_ENVIRONMENT_BYTES = 4096
MOST_RESERVED = 900
RESERVED_NAMES = frozenset(
    (
        "_HANDLER",
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
    )
)


def check_role(call: Call) -> None:
    arn = call.get("Role")
    if arn and not principals.can_be_assumed_by(call.account, arn, "lambda.amazonaws.com"):
        message = "The role defined for the function cannot be assumed by Lambda."
        raise refuse("InvalidParameterValueException", message)


def check_network(call: Call) -> None:
    if not call.get("VpcConfig", {}).get("SubnetIds"):
        return
    role = call.get("Role") or function_of(call)[0].role
    if not role_allows(call.account, role, "ec2:CreateNetworkInterface"):
        message = "The provided execution role does not have permissions to call CreateNetworkInterface on EC2"
        raise refuse("InvalidParameterValueException", message)


def check_runtime(call: Call) -> None:
    runtime = call.get("Runtime")
    if runtime and runtime.startswith("python") and runtime not in RUNTIMES:
        message = (
            f"The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda functions. We "
            "recommend you use a supported runtime while creating or updating functions."
        )
        raise refuse("InvalidParameterValueException", message)


def check_variables(call: Call) -> None:
    variables = call.get("Environment", {}).get("Variables") or {}
    prefix = (
        "Lambda was unable to configure your environment variables because the environment variables you have provided "
    )
    reserved = sorted(RESERVED_NAMES & set(variables))
    if reserved:
        message = (
            "contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(reserved)}"
        )
        raise refuse("InvalidParameterValueException", prefix + message)
    measured = json.dumps(variables, separators=(",", ":"))
    if len(measured.encode()) > MOST_ENVIRONMENT_BYTES:
        raise refuse("InvalidParameterValueException", f"{prefix}exceeded the 4KB limit. String measured: {measured}")


def check_code(call: Call) -> None:
    uploaded = call.get("ZipFile") or call.get("Code", {}).get("ZipFile")
    if not uploaded:
        return
    try:
        content = uploaded if isinstance(uploaded, bytes) else base64.b64decode(uploaded, validate=True)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unzipped = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, binascii.Error) as error:
        message = "Could not unzip uploaded file. Please check your file, then try to upload again."
        raise refuse("InvalidParameterValueException", message) from error
    if unzipped > MOST_UNZIPPED_BYTES:
        message = f"Unzipped size must be smaller than {MOST_UNZIPPED_BYTES} bytes"
        raise refuse("InvalidParameterValueException", message)


def check_settled(call: Call) -> None:
    function, _qualifier = function_of(call)
    if function.current_state == "Pending":
        state = "The function is currently in the following state: Pending"
    elif function.current_update == "InProgress":
        state = f"An update is in progress for resource: {function.function_arn}"
    else:
        return
    raise refuse("ResourceConflictException", f"The operation cannot be performed at this time. {state}")


def check_statement(call: Call) -> None:
    function, _qualifier = function_of(call)
    name = call.get("StatementId")
    if any(statement.get("Sid") == name for statement in function.policy.statements):
        message = (
            f"The statement id ({name}) provided already exists. Please provide a new statement id, or remove the existing "
            "statement."
        )
        raise refuse("ResourceConflictException", message)


def check_reservation(call: Call) -> None:
    if call.get("ReservedConcurrentExecutions", 0) > MOST_RESERVED:
        message = (
            "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below "
            "its minimum value of [100]."
        )
        raise refuse("InvalidParameterValueException", message)


def install(desk: Desk) -> None:
    create, configuration, code = "CreateFunction", "UpdateFunctionConfiguration", "UpdateFunctionCode"
    desk.refuse_by(check_settled, "lambda", (configuration, code, "PublishVersion"))
    for rule in (check_runtime, check_variables, check_role, check_network):
        desk.refuse_by(rule, "lambda", (create, configuration))
    desk.refuse_by(check_code, "lambda", (create, code))
    desk.refuse_by(check_statement, "lambda", ("AddPermission",))
    desk.refuse_by(check_reservation, "lambda", ("PutFunctionConcurrency",))
