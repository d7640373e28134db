#!/usr/bin/env python3
"""Who signs badly is refused, by each protocol in its own words: wrong secret, unknown key, wrong region and service, a
signature of yesterday or tomorrow, a body changed on its way, a token that is missing or another's, and no signature.

Environment: see cloud.py. The endpoint must verify signatures, and the keys must be those of an administrator.
"""

import datetime
import html
import io
import json
import os
import re
import urllib.error
import urllib.parse
import urllib.request

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.parsers import RpcV2CBORParser
from cloud import ENDPOINT, REGION, advance, allow, document, iam, sts

OURS = Credentials(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
MISMATCH = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
EC2_INVALID = "AWS was not able to validate the provided access credentials"
INVALID = "The security token included in the request is invalid."
CBOR = {"smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor", "Accept": "application/cbor"}


def form(action, version):
    return urllib.parse.urlencode({"Action": action, "Version": version}).encode()


# What each protocol sends: signing name, method, path, headers, body.
REQUESTS = {
    "json": ("ecs", "POST", "/", {"X-Amz-Target": "AmazonEC2ContainerServiceV20141113.ListClusters", "Content-Type": "application/x-amz-json-1.1"}, b"{}"),
    "query": ("iam", "POST", "/", FORM, form("ListUsers", "2010-05-08")),
    "ec2": ("ec2", "POST", "/", FORM, form("DescribeVpcs", "2016-11-15")),
    "rest": ("elasticfilesystem", "GET", "/2015-02-01/file-systems", {}, b""),
    "cbor": ("monitoring", "POST", "/service/GraniteServiceVersion20100801/operation/ListMetrics", CBOR, b"\xa0"),
}
TAMPERED = {"json": b"{ }", "query": form("ListRoles", "2010-05-08"), "ec2": form("DescribeSubnets", "2016-11-15"), "cbor": b"\xbf\xff"}
# What each says of: a bad signature, an unknown key, a skewed clock, an expired token, no signature; with the HTTP status.
SAYS = {
    "json": [("InvalidSignatureException", 400), ("UnrecognizedClientException", 400), ("InvalidSignatureException", 400), ("ExpiredTokenException", 400), ("MissingAuthenticationTokenException", 400)],
    "query": [("SignatureDoesNotMatch", 403), ("InvalidClientTokenId", 403), ("SignatureDoesNotMatch", 403), ("ExpiredToken", 403), ("MissingAuthenticationToken", 403)],
    "ec2": [("AuthFailure", 401), ("AuthFailure", 401), ("RequestExpired", 400), ("RequestExpired", 400), ("MissingAuthenticationToken", 403)],
    "rest": [("InvalidSignatureException", 403), ("UnrecognizedClientException", 403), ("InvalidSignatureException", 403), ("ExpiredTokenException", 403), ("MissingAuthenticationTokenException", 403)],
    "cbor": [("InvalidSignatureException", 400), ("UnrecognizedClientException", 400), ("InvalidSignatureException", 400), ("ExpiredTokenException", 400), ("MissingAuthenticationTokenException", 400)],
}


class Clocked(SigV4Auth):
    """Signs as of another moment."""

    shift = datetime.timedelta()

    def add_auth(self, request):
        at = datetime.datetime.now(datetime.UTC) + self.shift
        request.context["timestamp"] = at.strftime("%Y%m%dT%H%M%SZ")
        self._modify_request_before_signing(request)
        canonical = self.canonical_request(request)
        signature = self.signature(self.string_to_sign(request, canonical), request)
        self._inject_signature_to_request(request, signature)


def signed(protocol, credentials=OURS, region=REGION, service=None, shift=0):
    """A request with its signature, not sent yet."""
    name, method, path, headers, body = REQUESTS[protocol]
    request = AWSRequest(method, ENDPOINT + path, data=body, headers=dict(headers))
    signer = Clocked(credentials, service or name, region)
    signer.shift = datetime.timedelta(seconds=shift)
    signer.add_auth(request)
    return request


def send(request, body=None, without=(), more=None):
    """Status, error code and message."""
    headers = {name: value for name, value in request.headers.items() if name.lower() not in without}
    data = body if body is not None else request.data
    sent = urllib.request.Request(request.url, data if request.method == "POST" else None, {**headers, **(more or {})}, method=request.method)
    try:
        answer = urllib.request.build_opener(urllib.request.ProxyHandler({})).open(sent, timeout=30)
    except urllib.error.HTTPError as error:
        answer = error
    text = answer.read()
    if answer.status == 200:
        return 200, None, None
    kind = answer.headers.get("content-type", "")
    if kind.startswith("application/cbor"):
        tree = RpcV2CBORParser().parse_data_item(io.BytesIO(text))
        assert answer.headers["x-amzn-query-error"], "the code of the query protocol comes along"
        return answer.status, tree["__type"].rsplit("#", 1)[-1], tree["message"]
    if "json" in kind:
        tree = json.loads(text)
        code = tree.get("__type") or answer.headers["x-amzn-errortype"]
        return answer.status, code.rsplit("#", 1)[-1], tree["message"]
    code, message = (re.search(rb"<%s>(.*?)</%s>" % (tag, tag), text) for tag in (b"Code", b"Message"))
    return answer.status, code.group(1).decode(), html.unescape(message.group(1).decode())


def no(what, got, wanted, message=""):
    assert (got[1], got[0]) == wanted and message in got[2], (what, got)


def each_protocol():
    for protocol in REQUESTS:
        name, (mismatch, unknown, skewed, _, unsigned) = REQUESTS[protocol][0], SAYS[protocol]
        ec2 = protocol == "ec2"

        assert send(signed(protocol))[0] == 200, (protocol, send(signed(protocol)))
        wrong = Credentials(OURS.access_key, "x" * 40)
        no("wrong secret", send(signed(protocol, wrong)), mismatch, EC2_INVALID if ec2 else MISMATCH)
        stranger = Credentials("AKIAIOSFODNN7EXAMPLE", OURS.secret_key)
        no("unknown key", send(signed(protocol, stranger)), unknown, EC2_INVALID if ec2 else INVALID)
        no("region", send(signed(protocol, region="nowhere-1")), mismatch, "Credential should be scoped to a valid region")
        if protocol in ("json", "cbor"):
            no("service", send(signed(protocol, service="sqs")), mismatch, "Credential should be scoped to correct service")
        no("yesterday", send(signed(protocol, shift=-86_400)), skewed, "Request has expired." if ec2 else "Signature expired: ")
        no("in an hour", send(signed(protocol, shift=3_600)), skewed, "Request has expired." if ec2 else "Signature not yet current: ")
        assert send(signed(protocol, shift=-600))[0] == 200, "a clock may be some minutes off"
        if REQUESTS[protocol][1] == "POST":
            no("tampered body", send(signed(protocol), TAMPERED[protocol]), mismatch)
        else:
            request = signed(protocol)
            request.url += "?MaxItems=1"
            no("tampered query", send(request), mismatch)
        no("no signature", send(signed(protocol), without=("authorization",)), unsigned, "Request is missing Authentication Token")
        half = {"Authorization": f"AWS4-HMAC-SHA256 Credential=a/20261121/us-east-1/{name}/aws4_request"}
        got = send(signed(protocol), more=half, without=("authorization",))
        assert got[1].startswith("IncompleteSignature") and "requires 'Signature' parameter" in got[2], (protocol, got)


def sessions():
    """Temporary credentials: with their token, without it, with another's, and past their time."""
    account = sts.get_caller_identity()["Account"]
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "sts:AssumeRole"}
    arn = iam.create_role(RoleName="signing", AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName="signing", PolicyName="all", PolicyDocument=document(allow("*")))
    one, two = (sts.assume_role(RoleArn=arn, RoleSessionName=name, DurationSeconds=900)["Credentials"] for name in ("one", "two"))
    good = Credentials(one["AccessKeyId"], one["SecretAccessKey"], one["SessionToken"])
    for protocol in REQUESTS:
        mismatch, unknown, _, expired, _ = SAYS[protocol]
        assert send(signed(protocol, good))[0] == 200, (protocol, send(signed(protocol, good)))
        for token in (None, two["SessionToken"], "nonsense"):
            got = send(signed(protocol, Credentials(one["AccessKeyId"], one["SecretAccessKey"], token)))
            assert (got[1], got[0]) == unknown, (protocol, token and token[:9], got)
        got = send(signed(protocol, good), more={"X-Amz-Security-Token": two["SessionToken"]})
        assert (got[1], got[0]) in (unknown, mismatch), (protocol, got)
    advance(1_000)
    for protocol in REQUESTS:
        got = send(signed(protocol, good))
        assert (got[1], got[0]) == SAYS[protocol][3], (protocol, got)
    key = iam.create_user(UserName="signing") and iam.create_access_key(UserName="signing")["AccessKey"]
    iam.put_user_policy(UserName="signing", PolicyName="all", PolicyDocument=document(allow("*")))
    user = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
    assert send(signed("json", user))[0] == 200
    iam.update_access_key(UserName="signing", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    for protocol in REQUESTS:
        got = send(signed(protocol, user))
        assert (got[1], got[0]) == SAYS[protocol][1], (protocol, got)
    iam.delete_access_key(UserName="signing", AccessKeyId=key["AccessKeyId"])
    iam.delete_user_policy(UserName="signing", PolicyName="all")
    iam.delete_user(UserName="signing")
    iam.delete_role_policy(RoleName="signing", PolicyName="all")
    iam.delete_role(RoleName="signing")


def main():
    each_protocol()
    sessions()
    print("signatures: all as expected")


if __name__ == "__main__":
    main()
