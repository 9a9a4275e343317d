using System.Reflection;
using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Tests.Unit.Storage.Log;

public sealed class ReadOnlyLogTest
{
    [Fact]
    public void Readers_see_each_change_of_the_log()
    {
        var bench = new LogBench();
        var readers = bench.Log.ReadOnly;
        bench.AppendMany(4);
        Assert.Equal((0, 4, LogBench.Epoch), (readers.LogStartOffset, readers.LogEndOffset, readers.LeaderEpochs.LatestEpoch));
        Assert.True(bench.Log.RaiseLogStartOffset(1));
        bench.Log.TruncateTo(3);
        Assert.Equal((1, 3), (readers.LogStartOffset, readers.LogEndOffset));
        bench.Log.Roll();
        Assert.Equal([0, 3], readers.Segments.Select(segment => segment.BaseOffset));
        bench.Log.AssignTopicId(new TopicId(1, 2));
        bench.Log.UpdateConfig(new LogConfig { RetentionMs = 5 });
        Assert.Equal((new TopicId(1, 2), 5), (readers.TopicId, readers.Config.RetentionMs));
    }

    /// <summary>
    /// What request handlers reach from a partition's snapshot, by public members alone: they shall find nothing there that changes a log.
    /// </summary>
    [Fact]
    public void Nothing_that_is_public_leads_from_a_reader_to_a_change()
    {
        var reached = new HashSet<Type>();
        Reach(typeof(ReadOnlyLog), reached);
        Assert.Contains(reached, type => type.Name == "LogSegment");
        Assert.DoesNotContain(typeof(PartitionLog), reached);
        foreach (var type in reached.Where(type => !type.IsValueType))
        {
            Assert.Empty(type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
                .Where(method => method.ReturnType == typeof(void) && method.DeclaringType == type && !IsInit(method))
                .Select(method => $"{type.Name}.{method.Name}"));
        }
    }

    private static void Reach(Type type, HashSet<Type> reached)
    {
        foreach (var argument in type.GetGenericArguments())
            Reach(argument, reached);
        if (type.Assembly != typeof(ReadOnlyLog).Assembly || !reached.Add(type))
            return;
        foreach (var member in type.GetMembers(BindingFlags.Public | BindingFlags.Instance))
        {
            if (member is MethodInfo method)
                Reach(method.ReturnType, reached);
        }
    }

    private static bool IsInit(MethodInfo method)
        => method.ReturnParameter.GetRequiredCustomModifiers().Any(modifier => modifier.Name == "IsExternalInit");
}
