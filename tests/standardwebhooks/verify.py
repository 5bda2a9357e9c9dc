"""Reads posts, one a line as {secret, headers, body}, and says of each what the reference
implementation of Standard Webhooks makes of it."""

import json
import sys

from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

for line in sys.stdin:
    post = json.loads(line)
    try:
        Webhook(post["secret"]).verify(post["body"], post["headers"])
        print("good", flush=True)
    except WebhookVerificationError as error:
        print(error, flush=True)
