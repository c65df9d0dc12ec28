package conformance

import (
	"github.com/keywright/keywright/core"
)

func groupChecks() []Check {
	return []Check{
		check("group.name_unique_in_organization", "a group of a name that another has is somebody's rights in the hands of others; one company's names must not stand in another's way", groupNames),
		check("group.name_has_one_owner", "two operators who make one group at once must agree on it", groupOneName),
		check("group.lists_of_one_organization", "one company must not see another's groups, nor the operator's", groupLists),
		check("connection.lists_of_one_organization", "one company must not be offered another's identity provider", connectionLists),
	}
}

func groupNames(t *trial) {
	g, other := groups().stored(t), groups().sample()
	byName := func(g core.Group, when string) {
		got, err := t.s.GroupByName(t.ctx, g.Organization, g.Name)
		t.ok(err, "GroupByName "+when)
		same(t, g, got, "the group by name "+when)
	}
	byName(g, "after create")
	_, err := t.s.GroupByName(t.ctx, g.Organization, newName())
	t.notFound(err, "a group of a name that none has")
	_, err = t.s.GroupByName(t.ctx, other.Organization, g.Name)
	t.notFound(err, "a group by the name of another organization's")

	twin := groups().sibling(g)
	twin.Name = g.Name
	t.taken(t.s.CreateGroup(t.ctx, twin), "name", "CreateGroup with a taken name")
	again := groups().sibling(g)
	again.ID = g.ID
	t.taken(t.s.CreateGroup(t.ctx, again), "id", "CreateGroup with a taken id")
	for _, organization := range []core.ID{other.Organization, {}} {
		twin.ID, twin.Organization = newID(), organization
		t.ok(t.s.CreateGroup(t.ctx, twin), "CreateGroup with the name of a group of another organization")
		byName(groups().at(twin, 1), "beside another organization's of the same name")
	}
	byName(g, "beside others of the same name")

	second := groups().sibling(g)
	t.ok(t.s.CreateGroup(t.ctx, second), "CreateGroup")
	renamed, was, e := groups().at(second, 1), second.Name, newEvent()
	renamed.Name = g.Name
	t.taken(t.s.UpdateGroup(t.ctx, renamed, e), "name", "UpdateGroup with a taken name")
	t.wantEvent(e, false, "of a change that was refused for its name")
	byName(groups().at(second, 1), "after a change that was refused for its name")
	renamed.Name = newName()
	t.ok(t.s.UpdateGroup(t.ctx, renamed), "UpdateGroup with a new name")
	byName(groups().at(renamed, 2), "after it was renamed")
	_, err = t.s.GroupByName(t.ctx, second.Organization, was)
	t.notFound(err, "a group by the name that it gave up")
	_, err = t.neighbour().s.GroupByName(t.ctx, g.Organization, g.Name)
	t.notFound(err, "a neighbour's group by name")
}

func groupOneName(t *trial) {
	like := groups().sample()
	rivals := make([]core.Group, callers)
	for n := range rivals {
		rivals[n] = groups().sibling(like)
		rivals[n].Name = like.Name
	}
	errs := t.race(callers, func(n int) error { return t.s.CreateGroup(t.ctx, rivals[n]) })
	winner := t.oneWinner(errs, "groups of one name")
	got, err := t.s.GroupByName(t.ctx, like.Organization, like.Name)
	t.ok(err, "GroupByName")
	same(t, groups().at(rivals[winner], 1), got, "the group after the race")
}

func groupLists(t *trial) {
	a, b, own := groups().sample(), groups().sample(), groups().sample()
	own.Organization = core.ID{}
	for _, g := range []core.Group{a, b, own} {
		t.ok(t.s.CreateGroup(t.ctx, g), "CreateGroup")
	}
	for _, want := range []core.Group{a, b, own} {
		got, err := t.s.Groups(t.ctx, want.Organization, core.PageOf{Limit: 10})
		t.ok(err, "Groups")
		same(t, []core.Group{groups().at(want, 1)}, got, "the groups of one organization, or of none")
	}
}

func connectionLists(t *trial) {
	a, b, own := connections().sample(), connections().sample(), connections().sample()
	own.Organization = core.ID{}
	for _, c := range []core.Connection{a, b, own} {
		t.ok(t.s.CreateConnection(t.ctx, c), "CreateConnection")
	}
	for _, want := range []core.Connection{a, b, own} {
		got, err := t.s.Connections(t.ctx, want.Organization, core.PageOf{Limit: 10})
		t.ok(err, "Connections")
		same(t, []core.Connection{connections().at(want, 1)}, got, "the connections of one organization, or of none")
	}
}
