"""A browser without script: it keeps its cookies, follows redirects and checks every page."""

import base64
import hashlib
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Flask
from werkzeug.test import TestResponse

from patrol.core.store import uuid7
from patrol.people.model import Person
from tests.make import Make

OURS = {"Sec-Fetch-Site": "same-origin"}


class Browser:
    """What a person does at a screen."""

    def __init__(self, app: Flask, make: Make) -> None:
        """Open a fresh browser on the app."""
        self.client = app.test_client()
        self.make = make

    def sign_in(self, person: Person) -> "Browser":
        """Be signed in as this person."""
        self.client.set_cookie("patrol", self.make.token(person))
        return self

    def get(self, path: str, *, status: int = 200, **headers: str) -> TestResponse:
        """Open a page and see that it answers as expected."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        response = self.client.get(path, headers=named)
        assert response.status_code == status, f"{path}: {response.status} {response.text[:600]}"
        return response

    def post(
        self, path: str, form: Any = None, *, status: int = 303, key: UUID | None = None
    ) -> TestResponse:
        """Send a form as a browser without script would."""
        fields = {"_id": str(key or uuid7()), **(form or {})}
        response = self.client.post(path, data=fields, headers=OURS)
        assert response.status_code == status, f"{path}: {response.status} {response.text[:600]}"
        return response

    def send(
        self,
        path: str,
        form: Any,
        *,
        key: UUID | None = None,
        status: int | None = 201,
        **headers: str,
    ) -> TestResponse:
        """Send a form as the outbox of a phone does: frozen bytes under an id."""
        body = urlencode(form, doseq=True).encode()
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        response = self.client.post(
            path,
            data=body,
            content_type="application/x-www-form-urlencoded",
            headers={
                **OURS,
                "Idempotency-Key": str(key or uuid7()),
                "Content-Digest": f"sha-256=:{digest}:",
                **named,
            },
        )
        if status is not None:
            assert response.status_code == status, (
                f"{path}: {response.status} {response.text[:600]}"
            )
        return response
