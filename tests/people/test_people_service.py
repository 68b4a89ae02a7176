"""Posts go downwards and bind once accepted; whoever gains by an excuse never approves it."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from patrol.core.errors import Forbidden, NotFound, Refused
from patrol.core.roles import PostKind, Role
from patrol.notices.model import Notice
from patrol.people import roster, service
from patrol.people.drafts import NewExcuse, NewPost
from patrol.people.model import Excuse, ExcuseKind, Person, Post
from tests.conftest import NOW

ZONE = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)


@pytest.fixture
def tree(make):
    return make.tree()


@pytest.fixture
def boss(make, tree):
    return make.person(Role.HEAD, tree[1], name="社区长")


def local(moment):
    return moment.astimezone(ZONE).replace(tzinfo=None)


def give(act, make, giver, person, role, grid, **more):
    draft = NewPost(login=person.login, role=role, grid_id=grid.id, **more)
    return act(service.assign, make.actor(giver), draft, now=NOW, zone=ZONE)


def leave(act, make, by, person, *, start=NOW, end=NOW + DAY, now=NOW, kind=ExcuseKind.LEAVE):
    draft = NewExcuse(
        login=person.login, kind=kind, document="#118", from_at=local(start), to_at=local(end)
    )
    return act(service.enter_excuse, make.actor(by), draft, now=now, zone=ZONE)


def rule(act, make, by, excuse, *, approve=True, now=NOW):
    def ruling(session, actor):
        found = session.get(Excuse, excuse.id)
        return service.rule_on_excuse(session, actor, found, approve=approve, now=now)

    return act(ruling, make.actor(by))


def test_a_post_is_told_to_its_holder_and_waits_for_acceptance(act, make, tree, boss):
    person = make.person(Role.WORKER, tree[1])

    post = give(act, make, boss, person, Role.WORKER, tree[2], kind=PostKind.RELIEF)

    assert (post.assigned_by, post.accepted_at, post.from_at) == (boss.id, None, NOW)
    notice = make.rows(Notice)[0]
    assert (notice.person_id, notice.kind) == (person.id, "post.assigned")


def test_accepting_binds_and_is_read_at_the_next_request(act, make, tree, boss):
    person = make.person(Role.HEAD, tree[2])
    post = give(act, make, boss, person, Role.WORKER, tree[2])

    act(
        lambda s, actor: service.accept(s, actor, s.get(Post, post.id), now=NOW), make.actor(person)
    )

    assert make.reload(Post, post.id).accepted_at == NOW
    assert make.reload(Person, person.id).access_version == 1
    assert Role.WORKER in make.actor(person).roles


def test_nobody_accepts_for_somebody_else(act, make, tree, boss):
    post = give(act, make, boss, make.person(Role.HEAD, tree[2]), Role.WORKER, tree[2])

    with pytest.raises(NotFound):
        act(lambda s, a: service.accept(s, a, s.get(Post, post.id), now=NOW), make.actor(boss))


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.ADMIN, Role.OFFICER, Role.BUREAU_LEADER])
def test_nobody_gives_what_is_not_below_their_own_post(act, make, tree, boss, role):
    with pytest.raises(Forbidden):
        give(act, make, boss, boss, role, tree[2])


def test_a_head_gives_heads_below_and_never_the_own_post(act, make, tree, boss):
    person = make.person(Role.WORKER, tree[2])

    assert give(act, make, boss, person, Role.HEAD, tree[2])
    with pytest.raises(Forbidden):
        give(act, make, boss, person, Role.HEAD, tree[1])


def test_a_grid_of_others_does_not_exist(act, make, tree, boss):
    with pytest.raises(NotFound):
        give(act, make, boss, make.person(), Role.WORKER, make.grid())


@pytest.mark.parametrize(
    ("times", "code"),
    [
        ({"from_at": local(NOW - DAY)}, "post-in-the-past"),
        ({"to_at": local(NOW - DAY)}, "ends-before-it-begins"),
    ],
)
def test_a_post_is_given_forwards_in_time_only(act, make, tree, boss, times, code):
    with pytest.raises(Refused) as caught:
        give(act, make, boss, make.person(), Role.WORKER, tree[2], **times)
    assert caught.value.code == code


def test_the_same_post_is_not_given_twice_in_one_time(act, make, tree, boss):
    person = make.person(Role.HEAD, tree[2])
    give(act, make, boss, person, Role.WORKER, tree[2], to_at=local(NOW + DAY))

    with pytest.raises(Refused, match="post-held-already"):
        give(act, make, boss, person, Role.WORKER, tree[2])
    assert give(act, make, boss, person, Role.WORKER, tree[2], from_at=local(NOW + DAY))


@pytest.mark.parametrize("where", ["elsewhere", "nowhere", "here, not accepted", "here, over"])
def test_nobody_is_given_a_post_by_a_leader_they_do_not_serve_under(act, make, tree, boss, where):
    person = make.person()
    if where == "elsewhere":
        make.post(person, Role.OFFICER, make.grid())
    elif where != "nowhere":
        lacks = {"to_at": NOW} if where == "here, over" else {"accepted_at": None}
        make.post(person, Role.HEAD, tree[2], **lacks)
    admin = make.person(Role.ADMIN, tree[0])

    with pytest.raises(Refused) as caught:
        give(act, make, boss, person, Role.WORKER, tree[2])

    assert (caught.value.code, caught.value.field) == ("person-not-led", "login")
    assert give(act, make, admin, person, Role.WORKER, tree[2])


def test_a_post_nobody_accepted_lets_the_giver_see_and_excuse_nothing(act, make, tree, boss):
    stranger = make.person(Role.OFFICER, make.grid())
    make.post(stranger, Role.WORKER, tree[2], accepted_at=None, assigned_by=boss.id)

    with pytest.raises(NotFound):
        leave(act, make, boss, stranger)
    with pytest.raises(NotFound):
        act(lambda s, a: roster.person(s, a, stranger.id, now=NOW), make.actor(boss))


def test_a_post_that_ends_keeps_what_it_bound_before(act, make, tree, boss):
    post = make.post(make.person(), Role.WORKER, tree[2])

    act(lambda s, a: service.end(s, a, s.get(Post, post.id), now=NOW), make.actor(boss))

    ended = make.reload(Post, post.id)
    assert (ended.from_at, ended.to_at) == (make.since, NOW)
    with pytest.raises(Refused, match="post-is-over"):
        act(lambda s, a: service.end(s, a, s.get(Post, post.id), now=NOW), make.actor(boss))


def test_nobody_ends_a_post_of_their_own_where_others_lead(act, make, boss):
    post = make.post(boss, Role.WORKER, make.grid())

    with pytest.raises(Forbidden):
        act(lambda s, a: service.end(s, a, s.get(Post, post.id), now=NOW), make.actor(boss))


def test_leave_for_oneself_waits_for_the_leader(act, make, tree, boss):
    worker = make.person(Role.WORKER, tree[2])
    excuse = leave(act, make, worker, worker, start=NOW + DAY, end=NOW + 2 * DAY)
    with pytest.raises(Forbidden):
        rule(act, make, worker, excuse)

    rule(act, make, boss, excuse)

    assert make.reload(Excuse, excuse.id).approved_by == boss.id
    assert [one.kind for one in make.rows(Notice)] == ["excuse.approved"]


def test_a_late_entry_is_not_approved_by_the_leader_who_would_answer_next(act, make, tree):
    worker = make.person(Role.WORKER, tree[2])
    low = make.person(Role.HEAD, tree[2])
    supervisor = make.person(Role.SUPERVISOR, tree[0])
    excuse = leave(act, make, worker, worker, start=NOW - DAY, end=NOW)

    with pytest.raises(Forbidden):
        rule(act, make, low, excuse)
    rule(act, make, supervisor, excuse)

    assert make.reload(Excuse, excuse.id).approved_by == supervisor.id


def test_whoever_gains_by_a_late_entry_is_refused_even_with_the_permission(act, make, tree):
    officer = make.person(Role.OFFICER, tree[2])
    brigade = make.person(Role.BRIGADE_LEADER, tree[0])
    bureau = make.person(Role.BUREAU_LEADER, tree[0])
    excuse = leave(act, make, brigade, officer, start=NOW - DAY, end=NOW)

    with pytest.raises(Forbidden, match="excuse-gains"):
        rule(act, make, brigade, excuse)
    assert rule(act, make, bureau, excuse).approved_by == bureau.id


def test_an_entry_is_ruled_on_once(act, make, tree, boss):
    worker = make.person(Role.WORKER, tree[2])
    excuse = leave(act, make, worker, worker, start=NOW + DAY, end=NOW + 2 * DAY)
    rule(act, make, boss, excuse, approve=False)

    with pytest.raises(Refused, match="excuse-ruled-already"):
        rule(act, make, boss, excuse)


def test_nobody_enters_leave_for_somebody_elsewhere(act, make, tree, boss):
    stranger = make.person(Role.WORKER, make.grid())

    with pytest.raises(NotFound):
        leave(act, make, boss, stranger)


def test_an_entry_that_ends_before_it_begins_or_never_is_refused(act, make, tree, boss):
    worker = make.person(Role.WORKER, tree[2])

    with pytest.raises(Refused, match="ends-before-it-begins"):
        leave(act, make, boss, worker, start=NOW, end=NOW)
    with pytest.raises(Refused, match="excuse-too-long"):
        leave(act, make, boss, worker, end=NOW + 400 * DAY)
