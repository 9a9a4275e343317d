using KafkaCompatBroker.Coordinators.Groups.Classic;
using KafkaCompatBroker.Coordinators.Groups.Model;

namespace KafkaCompatBroker.Tests.Unit.Coordinators.Groups.Model;

public class GroupMapTest
{
    private readonly FakeShardContext context = new();
    private readonly ShardMemory memory = new(new GroupMemory(limitBytes: 1 << 20));
    private readonly GroupMap groups;

    public GroupMapTest() => groups = new GroupMap(context, memory);

    [Fact]
    public void Group_is_found_by_its_id_as_what_it_is()
    {
        var group = new OtherGroup("other");
        groups.Add(group);
        Assert.Same(group, groups.Find("other"));
        Assert.False(groups.TryFind<ClassicGroup>("other", out _));
        Assert.True(groups.TryFind<OtherGroup>("other", out _));
        groups.Remove(group);
        Assert.Null(groups.Find("other"));
    }

    [Fact]
    public void Id_has_one_group_of_whatever_kind()
    {
        groups.Add(new ClassicGroup("group", context, memory));
        Assert.Throws<ArgumentException>(() => groups.Add(new OtherGroup("group")));
    }

    [Fact]
    public void Groups_are_changed_on_their_loop_only()
    {
        var group = new ClassicGroup("group", context, memory);
        groups.Add(group);
        context.IsCurrent = false;
        Assert.Throws<InvariantViolation>(() => groups.Add(new OtherGroup("other")));
        Assert.Throws<InvariantViolation>(() => groups.Remove(group));
        Assert.Throws<InvariantViolation>(groups.Clear);
        Assert.Throws<InvariantViolation>(() => group.TransitionTo(ClassicGroupState.Dead));
        Assert.Throws<InvariantViolation>(() => group.Remove("member"));
        Assert.Same(group, groups.Find("group"));
    }
}
