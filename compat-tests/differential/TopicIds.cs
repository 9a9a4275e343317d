using KafkaCompatBroker.Kernel.Model;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.CompatTests.Differential;

/// <summary>
/// Lets cases that name topics be asked at versions that take ids instead: each name becomes the id that this broker gave the topic.
/// KIP-516.
/// </summary>
internal sealed class TopicIds(Conversation talk)
{
    public static readonly TopicId Unknown = new(17, 4);

    private readonly Dictionary<string, TopicId> known = [];

    public void Fill(object request, short version)
    {
        switch (request)
        {
            case ProduceRequest produce when version >= 13:
                foreach (var topic in produce.TopicData)
                    topic.TopicId = Of(topic.Name);
                break;
            case OffsetCommitRequest commit when version >= 10:
                foreach (var topic in commit.Topics)
                    topic.TopicId = Of(topic.Name);
                break;
            case OffsetFetchRequest fetch when version >= 10:
                foreach (var topic in fetch.Groups.SelectMany(group => group.Topics ?? []))
                    topic.TopicId = Of(topic.Name);
                break;
        }
    }

    private TopicId Of(string name)
    {
        if (known.TryGetValue(name, out var id))
            return id;
        using var quiet = talk.Unrecorded();
        var answer = quiet.Ask(
            "id", 12, new MetadataRequest { Topics = [new() { Name = name }], AllowAutoTopicCreation = false })!.Topics[0];
        return answer.ErrorCode == KafkaError.None ? known[name] = answer.TopicId : Unknown;
    }
}
